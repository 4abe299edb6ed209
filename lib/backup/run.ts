import type { BackupManifest } from '../../schemas/index.js';
import { DroverError } from '../core/index.js';
import { askForPoint, dropPoint, pointName, readPointRecords, withdrawPoint } from '../point/index.js';
import { encodeDocument, readKeys } from '../tree/index.js';
import { type AnyTask, carryOut, imageWithSnapshots, volumeLabel, type Work } from '../volume/index.js';
import { type Catalogue, readCatalogue } from './catalogue.js';
import { chooseKind, type DiskNow, type Entry } from './chain.js';
import { type Draft, readDraft, writeDraft } from './draft.js';
import { exportFile } from './file.js';
import { DRAFT, fileOf, MANIFEST, partName, PVC_LIST, PVC_MANIFEST, removedName } from './names.js';
import { type BackupFacts, type BackupStep, planBackup } from './plan.js';
import { type BackupPoint, pointsOf } from './points.js';
import { pvcList, pvcManifest } from './pvc-manifest.js';
import { retained } from './retention.js';
import type { Space } from './space.js';
import type { BackupWorld, Target } from './world.js';

/** One VM that goes to one target. */
export interface BackupJob {
  readonly uuid: string;
  readonly vm: string;
  readonly folder: string;
  readonly target: Pick<Target, 'fullEvery' | 'keepFulls'>;
  readonly forceFull: boolean;
  /** Its number among the VMs of the task. */
  readonly number: number;
  /** Of the target. */
  readonly space: Space;
}

/** Backs up one VM, and makes room by the rules of the target. Returns what it has made. */
export async function backUp(world: BackupWorld, task: AnyTask, job: BackupJob): Promise<Entry> {
  const run = new BackupRun(world, task, job);
  try {
    await carryOut(world, task, run.work());
  } catch (error) {
    await run.tidy().catch((second: unknown) => {
      task.log.warn({ task: task.id, err: second }, 'what was being backed up is left to the next run');
    });
    throw error;
  }
  if (run.made === undefined)
    throw new DroverError('INTERNAL', { object: `VM '${job.vm}'`, reason: 'it was backed up and is not' });
  return run.made;
}

class BackupRun {
  made: Entry | undefined;
  readonly #world: BackupWorld;
  readonly #task: AnyTask;
  readonly #job: BackupJob;

  constructor(world: BackupWorld, task: AnyTask, job: BackupJob) {
    this.#world = world;
    this.#task = task;
    this.#job = job;
  }

  work(): Work<BackupFacts, BackupStep> {
    const { directories } = this.#world;
    const { folder } = this.#job;
    return {
      name: 'backup',
      read: () => this.#read(),
      plan: planBackup,
      executors: {
        clear: ({ backup }) => directories.removeTree(`${folder}/${removedName(backup)}`),
        discard: ({ backup }) => this.#discard(backup),
        draft: () => this.#draft(),
        snapshot: ({ draft }) => this.#snapshot(draft),
        export: ({ draft, disk }) => this.#export(draft, disk),
        publish: ({ draft }) => this.#publish(draft),
        drop: ({ point }) => dropPoint(this.#world, { uuid: this.#job.uuid, ...point }, this.#options),
        prune: async ({ backup, why }) => {
          this.#task.log.info({ vm: this.#job.uuid, backup, why }, 'a backup is removed');
          await directories.rename(`${folder}/${backup}`, `${folder}/${removedName(backup)}`);
        },
        list: () => this.#list(),
      },
    };
  }

  /** After a failure: nothing is left of what was being made. */
  async tidy(): Promise<void> {
    const { folder, uuid } = this.#job;
    const { parts } = await readCatalogue(this.#world, folder);
    for (const backup of parts) {
      const draft = await readDraft(this.#world, folder, backup);
      if (draft?.task === this.#task.id && draft.uuid === uuid) await this.#discard(backup, {});
    }
  }

  get #options() {
    return { signal: this.#task.signal };
  }

  async #read(): Promise<BackupFacts> {
    const { uuid, folder, target } = this.#job;
    const catalogue = await readCatalogue(this.#world, folder);
    const drafts = await Promise.all(
      catalogue.parts.map(async (part) => ({ part, draft: await readDraft(this.#world, folder, part) })),
    );
    const mine = drafts.find(({ draft }) => draft?.task === this.#task.id && draft.uuid === uuid);
    const entries = catalogue.entries.filter(({ manifest }) => manifest.vm.uuid === uuid);
    const made = entries.find(({ manifest }) => manifest.task === this.#task.id);
    this.made = made;
    const left = made === undefined ? undefined : mine;
    return {
      removed: catalogue.removed,
      parts: drafts.filter((one) => one !== mine || one === left).map(({ part }) => part),
      draft: mine?.draft,
      made,
      stale: made === undefined ? [] : await this.#stale(entries, made),
      verdicts: made === undefined ? [] : retained(entries, target.keepFulls),
      listed: made === undefined || (await this.#listed(catalogue)),
    };
  }

  /** The points of all but the one just made. */
  async #stale(entries: readonly Entry[], made: Entry): Promise<readonly BackupPoint[]> {
    const old = entries.filter((entry) => entry !== made);
    return await pointsOf(this.#world.store, this.#job.uuid, old, this.#options);
  }

  async #disks(): Promise<readonly (DiskNow & { readonly snapshots: ReadonlySet<string> })[]> {
    const { store, storage } = this.#world;
    const { uuid } = this.#job;
    const keys = await readKeys(store, 'domain', { uuid }, ['volumes'], this.#options);
    return await Promise.all(
      keys.needed('volumes').map(async ({ pool, volume }) => {
        const name = { pool, name: volume };
        const image = await imageWithSnapshots(storage, name, this.#options);
        if (image === undefined)
          throw new DroverError('NOT_FOUND', { object: volumeLabel(name), reason: 'there is no such image' });
        return {
          pool,
          volume,
          imageId: image.id,
          bytes: image.bytes,
          snapshotIds: new Set(image.snapshots.map(({ id }) => id)),
          snapshots: new Set(image.snapshots.map((snapshot) => snapshot.name)),
        };
      }),
    );
  }

  async #draft(): Promise<void> {
    const { clock, store } = this.#world;
    const { uuid, folder, target, forceFull } = this.#job;
    const catalogue = await readCatalogue(this.#world, folder);
    const disks = await this.#disks();
    const entries = catalogue.entries.filter(({ manifest }) => manifest.vm.uuid === uuid);
    const kind = chooseKind(entries, disks, { fullEvery: target.fullEvery, forceFull });
    const taken = new Set([
      ...catalogue.entries.map(({ name }) => name),
      ...catalogue.strange.map(({ name }) => name),
      ...disks.flatMap(({ snapshots }) => [...snapshots]),
      ...(await readPointRecords(store, uuid, this.#options)).keys(),
    ]);
    await writeDraft(this.#world, folder, {
      task: this.#task.id,
      uuid,
      name: pointName('ab', clock.now(), (name) => taken.has(name)),
      type: kind.type,
      why: kind.why,
      ...(kind.type === 'incremental' ? { parent: kind.base.name } : {}),
      disks: disks.map(({ pool, volume, imageId }) => ({
        ...{ pool, volume, imageId },
        file: fileOf({ pool, name: volume }, kind.type),
      })),
    });
  }

  /** A point of all disks at one instant; its name was free when the draft was written. */
  async #snapshot(draft: Draft): Promise<void> {
    const { folder, vm } = this.#job;
    const point = await askForPoint(this.#world, this.#task, this.#job, pointWish(draft));
    const disks = draft.disks.map((disk) => {
      const its = point.disks.find(({ imageId }) => imageId === disk.imageId);
      return { ...disk, ...(its === undefined ? {} : { snapshotId: its.snapshotId, bytes: its.bytes }) };
    });
    if (point.disks.length !== disks.length || disks.some(({ snapshotId }) => snapshotId === undefined))
      throw new DroverError('REFUSED', {
        object: `VM '${vm}'`,
        reason: 'it has other disks than when its backup began',
        remedy: 'ask again',
      });
    const { at, consistency, xml, meta } = point;
    await writeDraft(this.#world, folder, { ...draft, disks, taken: { at, consistency, xml, meta } });
  }

  async #export(draft: Draft, at: number): Promise<void> {
    const { directories } = this.#world;
    const { folder, vm, number, space } = this.#job;
    const disk = draft.disks[at];
    if (disk === undefined) return;
    const name = { pool: disk.pool, name: disk.volume };
    const path = `${folder}/${partName(draft.name)}/${disk.file}`;
    await directories.removeTree(path);
    const made = await exportFile(
      this.#world,
      this.#task,
      { image: name, snapshot: draft.name, parent: draft.parent, vm: number },
      {
        ...{ path, folder, space },
        progress: {
          ...{ current: at, total: draft.disks.length },
          text: `${vm}: ${draft.type} backup ${draft.name} of ${disk.pool}/${disk.volume}`,
        },
      },
    );
    const disks = draft.disks.map((one, index) => (index === at ? { ...one, ...made } : one));
    await writeDraft(this.#world, folder, { ...draft, disks });
  }

  async #publish(draft: Draft): Promise<void> {
    const { directories, files, clock, cluster } = this.#world;
    const { uuid, vm, folder } = this.#job;
    const { taken, disks, ...rest } = draft;
    if (taken === undefined) return;
    const manifest = {
      cluster: cluster.name,
      vm: { uuid, name: vm },
      name: rest.name,
      type: rest.type,
      ...(rest.parent === undefined ? {} : { parent: rest.parent }),
      why: rest.why,
      task: rest.task,
      ...taken,
      endedAt: clock.now(),
      disks: disks.map(({ snapshotId = '', bytes = 0, fileBytes = 0, sha256 = '', ...disk }) => ({
        ...disk,
        snapshotId,
        bytes,
        fileBytes,
        sha256,
      })),
    } satisfies Omit<BackupManifest, 'v'>;
    const part = `${folder}/${partName(draft.name)}`;
    await files.replace(`${part}/${PVC_MANIFEST}`, pvcManifest(manifest), 0o600);
    await files.replace(`${part}/${MANIFEST}`, encodeDocument('backup-manifest', manifest), 0o600);
    await files.remove(`${part}/${DRAFT}`);
    await directories.rename(part, `${folder}/${draft.name}`);
  }

  /** Removes what was being made, and its point first: the draft is what knows of it. */
  async #discard(backup: string, options: { readonly signal?: AbortSignal } = this.#options): Promise<void> {
    const { folder, uuid } = this.#job;
    const draft = await readDraft(this.#world, folder, backup);
    if (draft !== undefined && draft.uuid === uuid)
      await withdrawPoint(this.#world, draft.task, this.#job, pointWish(draft), options);
    await this.#world.directories.removeTree(`${folder}/${partName(backup)}`);
  }

  async #listed({ folder, entries }: Catalogue): Promise<boolean> {
    const bytes = await this.#world.files.read(`${folder}/${PVC_LIST}`);
    return bytes !== undefined && new TextDecoder().decode(bytes) === pvcList(entries);
  }

  async #list(): Promise<void> {
    const { folder } = this.#job;
    const { entries } = await readCatalogue(this.#world, folder);
    await this.#world.files.replace(`${folder}/${PVC_LIST}`, pvcList(entries), 0o600);
  }
}

function pointWish({ name }: Draft): { readonly origin: 'backup'; readonly snapshot_name: string } {
  return { origin: 'backup', snapshot_name: name };
}
