import type { BackupManifest } from '../../schemas/index.js';
import { copyLimitMs, DroverError, type Plan, uuid as freshUuid } from '../core/index.js';
import { vmNames } from '../domain/index.js';
import type { ImageName } from '../ports/index.js';
import { createDomain, type NewDomain, readKeys } from '../tree/index.js';
import {
  type AnyTask,
  attemptOfStage,
  carryOut,
  checkSpace,
  discard,
  publishVolume,
  stageName,
  taskOfStage,
  volumeLabel,
  withData,
  type Work,
} from '../volume/index.js';
import { rewrittenXml } from '../point/index.js';
import type { Entry } from './chain.js';
import { folderName } from './names.js';
import type { BackupWorld } from './world.js';

export interface RestoreWish {
  /** Where the backups of the VM are. */
  readonly folder: string;
  /** The backups that are applied in turn, the full one first. */
  readonly path: readonly Entry[];
  readonly as: string | undefined;
  readonly pool: string | undefined;
  readonly node: string;
  readonly start: boolean;
  readonly force: boolean;
}

/** What is remembered over the death of an attempt: who the VM is, and which images are whole. */
interface Resume {
  readonly uuid: string;
  /** Ids of images, by the place of their disk. */
  readonly whole: readonly (string | null)[];
}

/** What a restore is planned from. Page: docs/backup.md. */
export interface RestoreFacts {
  /** For each disk: what has its name, and what is being made, whole or not. */
  readonly disks: readonly DiskFacts[];
  /** What dead attempts were making and is not whole. */
  readonly left: readonly ImageName[];
  readonly defined: boolean;
}

export interface DiskFacts {
  readonly volume: ImageName;
  /** The id of the image that is whole. */
  readonly whole: string | undefined;
  readonly stage: ImageName | undefined;
  /** The id of what has the name. */
  readonly target: string | undefined;
}

export type RestoreStep =
  | { readonly kind: 'discard'; readonly image: ImageName }
  | { readonly kind: 'fill'; readonly disk: number }
  | { readonly kind: 'name'; readonly disk: number; readonly stage: ImageName }
  | { readonly kind: 'define' };

/** Every disk is whole before one has its name, and all have theirs before there is a VM. */
export function planRestore({ disks, left, defined }: RestoreFacts): Plan<RestoreStep> {
  const step = (its: RestoreStep, reason: string): Plan<RestoreStep> => ({ do: 'step', step: its, reason });
  const [rest] = left;
  if (rest !== undefined) return step({ kind: 'discard', image: rest }, 'an attempt was cut in it');
  if (defined) return { do: 'rest', reason: 'the VM is there' };
  for (const { volume, target, whole } of disks)
    if (target !== undefined && target !== whole)
      throw new DroverError('STORAGE_EXISTS', {
        object: volumeLabel(volume),
        reason: 'there is an image of this name',
        remedy: 'restore under another name, or move that image away first',
      });
  const empty = disks.findIndex(({ whole }) => whole === undefined);
  if (empty >= 0) return step({ kind: 'fill', disk: empty }, 'its disk is to be made');
  for (const [disk, { stage, target }] of disks.entries())
    if (target === undefined && stage !== undefined)
      return step({ kind: 'name', disk, stage }, 'all disks are whole');
  return step({ kind: 'define' }, 'all disks have their names');
}

const NO_ID = '';

/** Makes a VM of backups. When it fails, nothing of it is left; when it is cut, the next attempt goes on. */
export async function restore(
  world: BackupWorld,
  task: AnyTask,
  wish: RestoreWish,
): Promise<{ readonly uuid: string; readonly name: string; readonly volumes: readonly string[] }> {
  const run = await RestoreRun.begin(world, task, wish);
  return await withData(world, task, 'vm.restore', [run.uuid], async () => {
    try {
      await carryOut(world, task, run.work());
    } catch (error) {
      await run.tidy().catch((second: unknown) => {
        task.log.warn({ task: task.id, err: second }, 'what was being restored is left to the next task');
      });
      throw error;
    }
    return {
      uuid: run.uuid,
      name: run.name,
      volumes: run.volumes.map(({ pool, name }) => `${pool}/${name}`),
    };
  });
}

class RestoreRun {
  readonly uuid: string;
  readonly name: string;
  readonly volumes: readonly ImageName[];
  readonly #world: BackupWorld;
  readonly #task: AnyTask;
  readonly #wish: RestoreWish;
  readonly #manifest: BackupManifest;
  #whole: readonly (string | null)[];

  private constructor(
    world: BackupWorld,
    task: AnyTask,
    wish: RestoreWish,
    manifest: BackupManifest,
    { uuid, whole }: Resume,
  ) {
    this.#world = world;
    this.#task = task;
    this.#wish = wish;
    this.#manifest = manifest;
    this.#whole = whole;
    this.uuid = uuid;
    this.name = wish.as ?? manifest.vm.name;
    this.volumes = manifest.disks.map((disk) => restoredVolume(disk, manifest.vm.name, wish));
  }

  static async begin(world: BackupWorld, task: AnyTask, wish: RestoreWish): Promise<RestoreRun> {
    const manifest = wish.path.at(-1)?.manifest;
    if (manifest === undefined)
      throw new DroverError('NOT_FOUND', { object: 'backup', reason: 'there is none' });
    let resume = task.resume as Resume | undefined;
    if (resume === undefined) {
      const uuid = wish.as === undefined ? manifest.vm.uuid : freshUuid(world.random);
      resume = { uuid, whole: manifest.disks.map(() => null) };
      await task.save(resume);
    }
    const run = new RestoreRun(world, task, wish, manifest, resume);
    await run.#refuseTaken();
    return run;
  }

  work(): Work<RestoreFacts, RestoreStep> {
    return {
      name: 'restore',
      read: () => this.#read(),
      plan: planRestore,
      executors: {
        discard: ({ image }) => discard(this.#world, image, this.#task.signal),
        fill: ({ disk }) => this.#fill(disk),
        name: ({ disk, stage }) => this.#nameIt(disk, stage),
        define: () => this.#define(),
      },
    };
  }

  /** After a failure: images that nobody has named yet, and those that have their names and no VM. */
  async tidy(): Promise<void> {
    const { store, storage } = this.#world;
    await store.sync();
    if (await this.#defined()) return;
    for (const image of await this.#stages({})) await discard(this.#world, image);
    for (const [at, volume] of this.volumes.entries()) {
      const id = this.#whole[at];
      if (id !== null && id !== undefined && (await storage.image(volume))?.id === id)
        await discard(this.#world, volume);
    }
  }

  get #options() {
    return { signal: this.#task.signal };
  }

  async #read(): Promise<RestoreFacts> {
    const { storage } = this.#world;
    const stages = await Promise.all(
      (await this.#stages(this.#options)).map(async (image) => ({
        image,
        id: (await storage.image(image, this.#options))?.id ?? NO_ID,
      })),
    );
    const disks = await Promise.all(
      this.volumes.map(async (volume, at) => {
        const whole = this.#whole[at] ?? undefined;
        const target = (await storage.image(volume, this.#options))?.id;
        const stage = stages.find(({ id }) => id === whole)?.image;
        const lost = whole !== undefined && stage === undefined && target !== whole;
        return { volume, whole: lost ? undefined : whole, stage, target };
      }),
    );
    const left = stages
      .filter(({ id }) => !disks.some(({ whole }) => whole === id))
      .map(({ image }) => image);
    return { disks, left, defined: await this.#defined() };
  }

  /** What attempts of this task have made under names of their own. */
  async #stages(options: { readonly signal?: AbortSignal }): Promise<readonly ImageName[]> {
    const pools = [...new Set(this.volumes.map(({ pool }) => pool))];
    const found = await Promise.all(
      pools.map(async (pool) =>
        (await this.#world.storage.images(pool, options))
          .filter((name) => taskOfStage(name) === this.#task.id)
          .filter((name) => Math.floor(attemptOfStage(name) / DISKS) <= this.#task.attempt)
          .map((name) => ({ pool, name })),
      ),
    );
    return found.flat();
  }

  async #fill(at: number): Promise<void> {
    const { imageFiles, storage } = this.#world;
    const { path, folder, force } = this.#wish;
    const volume = this.volumes[at];
    const disk = this.#manifest.disks[at];
    if (volume === undefined || disk === undefined) return;
    const stage = { pool: volume.pool, name: stageName(this.#task.id, this.#task.attempt * DISKS + at) };
    const files = path.map(({ name, manifest }) => {
      const its = manifest.disks.find(({ pool, volume: one }) => pool === disk.pool && one === disk.volume);
      if (its !== undefined) return { name, ...its };
      throw new DroverError('BACKUP_DAMAGED', {
        object: `backup ${name} in ${folder}`,
        reason: `it has nothing of volume ${disk.pool}/${disk.volume}`,
      });
    });
    await checkSpace(storage, volume, files[0]?.fileBytes ?? 0, force, this.#options);
    const total = files.reduce((sum, { fileBytes }) => sum + fileBytes, 0);
    let done = 0;
    for (const [index, file] of files.entries()) {
      const source = `${folder}/${file.name}/${file.file}`;
      const limitMs = copyLimitMs(file.fileBytes);
      this.#task.progress({
        current: at,
        total: this.volumes.length,
        bytes: { done, total },
        text: `${this.name}: ${file.name} into ${volume.pool}/${volume.name}`,
      });
      if (index === 0) await imageFiles.importImage(source, stage, { ...this.#options, limitMs });
      else await imageFiles.importDiff(source, stage, { ...this.#options, limitMs });
      done += file.fileBytes;
    }
    for (const { name, id } of await storage.snapshots(stage, this.#options))
      await storage.dropSnapshot(stage, name, id, this.#options);
    const image = await storage.image(stage, this.#options);
    // A manifest of PVC does not say how large the image was.
    if (image === undefined || (disk.bytes > 0 && image.bytes !== disk.bytes))
      throw new DroverError('BACKUP_DAMAGED', {
        object: volumeLabel(volume),
        reason: `it has ${image?.bytes ?? 0} bytes after all files, and the manifest says ${disk.bytes}`,
      });
    await this.#save(this.#whole.map((id, index) => (index === at ? image.id : id)));
  }

  async #save(whole: readonly (string | null)[]): Promise<void> {
    await this.#task.save({ uuid: this.uuid, whole } satisfies Resume);
    this.#whole = whole;
  }

  async #nameIt(at: number, stage: ImageName): Promise<void> {
    const volume = this.volumes[at];
    if (volume !== undefined)
      await this.#world.storage.rename(volume.pool, stage.name, volume.name, this.#options);
  }

  /** The VM, its volumes and what is told of them. */
  async #define(): Promise<void> {
    const { store, storage } = this.#world;
    for (const volume of this.volumes) {
      const image = await storage.image(volume, this.#options);
      if (image !== undefined) await publishVolume(store, volume, image, this.#options);
    }
    const { meta, vm } = this.#manifest;
    const domain: NewDomain = {
      name: this.name,
      xml: this.#xml(),
      node: this.#wish.node,
      state: this.#wish.start ? 'start' : 'stop',
      volumes: this.volumes.map(({ pool, name }) => ({ pool, volume: name })),
      autostart: meta.autostart === true,
      profile: meta.profile ?? null,
      ...(meta.migrationMaxDowntime === undefined ? {} : { migrationMaxDowntime: meta.migrationMaxDowntime }),
      tags: this.uuid === vm.uuid ? meta.tags : [],
    };
    await store.commit(createDomain(this.uuid, domain), this.#options);
  }

  #xml(): string {
    const { cluster } = this.#world;
    const { xml, disks, vm } = this.#manifest;
    const images = disks.map(({ pool, volume }, at) => {
      const to = this.volumes[at];
      return [`${pool}/${volume}`, `${to?.pool ?? pool}/${to?.name ?? volume}`] as const;
    });
    return rewrittenXml(xml, {
      uuid: this.uuid,
      name: this.name,
      images: new Map(images),
      monitors: cluster.monitors,
      secretUuid: cluster.secretUuid,
      another: this.uuid !== vm.uuid,
    });
  }

  async #defined(): Promise<boolean> {
    const keys = await readKeys(this.#world.store, 'domain', { uuid: this.uuid }, ['name', 'xml']);
    return keys.has('name') && keys.value('xml') === this.#xml();
  }

  async #refuseTaken(): Promise<void> {
    if (await this.#defined()) return;
    const names = await vmNames(this.#world.store, this.#options);
    const taken = names.get(this.uuid) ?? [...names.values()].find((name) => name === this.name);
    if (taken !== undefined)
      throw new DroverError('REFUSED', {
        object: `VM '${this.name}'`,
        reason: `there is the VM '${taken}'`,
        remedy: 'restore under another name, or remove that VM first',
      });
  }
}

/** More disks than a VM has: an attempt and a disk make one number. */
const DISKS = 1000;

/** The name of a volume that is restored: of another VM, when it gets another name. */
function restoredVolume(
  { pool, volume }: { readonly pool: string; readonly volume: string },
  vm: string,
  { as, pool: to }: Pick<RestoreWish, 'as' | 'pool'>,
): ImageName {
  const place = to ?? pool;
  if (as === undefined) return { pool: place, name: volume };
  const rest = volume.startsWith(vm) ? volume.slice(vm.length) : `_${volume}`;
  return { pool: place, name: folderName(`${as}${rest}`, 'volume') };
}
