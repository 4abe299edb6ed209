import { type BackupManifest, TASK_ARGUMENTS } from '../../schemas/index.js';
import { DroverError } from '../core/index.js';
import { whereabouts } from '../domain/index.js';
import { completed, readDefinition, readPointRecord } from '../point/index.js';
import { defineTask, type TaskKind } from '../task/index.js';
import { encodeDocument, readKeys } from '../tree/index.js';
import { type AnyTask, imageWithSnapshots, volumeLabel } from '../volume/index.js';
import { readCatalogue } from './catalogue.js';
import { exportFile } from './file.js';
import { fileOf, MANIFEST, partName, PVC_MANIFEST } from './names.js';
import { pvcManifest } from './pvc-manifest.js';
import { whileBackedUp } from './slot.js';
import { Space } from './space.js';
import { exportDirectory, vmFolder } from './targets.js';
import type { BackupWorld } from './world.js';

interface Point {
  readonly at: number;
  readonly xml: string;
  readonly disks: readonly { readonly pool: string; readonly volume: string }[];
}

/** `vm.export_snapshot`: into files that `vm.import_snapshot`, PVC and plain `rbd` read. */
export function exportTask(world: BackupWorld): TaskKind {
  return defineTask({
    kind: 'vm.export_snapshot',
    arguments: TASK_ARGUMENTS['vm.export_snapshot'],
    where: 'primary',
    concurrency: 2,
    async run(task) {
      const { vm: wish, snapshot_name: name, export_path: path, incremental_parent: parent } = task.args;
      const options = { signal: task.signal };
      const vm = await whereabouts(world.store, wish, options);
      const folder = vmFolder(await exportDirectory(world, path), vm.name);
      const point = await pointOf(world, vm, name, task.signal);
      if (parent !== undefined) await pointOf(world, vm, parent, task.signal);
      return await whileBackedUp(world, task, vm.uuid, 'vm.export_snapshot', async () => {
        await world.files.makeDirectory(folder, 0o700);
        const there = (await readCatalogue(world, folder)).entries.find((entry) => entry.name === name);
        if (there?.manifest.task !== task.id) {
          if ((await world.directories.real(`${folder}/${name}`)) !== undefined)
            throw new DroverError('REFUSED', {
              object: `${folder}/${name}`,
              reason: 'there is something of this name already',
              remedy: 'export to another directory, or move that away first',
            });
          await exportPoint(world, task, { vm, name, parent, folder, point });
        }
        return { message: `Snapshot ${name} of '${vm.name}' is in ${folder}/${name}.` };
      });
    },
  });
}

async function exportPoint(
  world: BackupWorld,
  task: AnyTask,
  it: {
    readonly vm: { readonly uuid: string; readonly name: string };
    readonly name: string;
    readonly parent: string | undefined;
    readonly folder: string;
    readonly point: Point;
  },
): Promise<void> {
  const { store, storage, directories, files, clock } = world;
  const space = new Space(directories);
  const { vm, name, parent, folder, point } = it;
  const { signal } = task;
  const part = `${folder}/${partName(name)}`;
  const type = parent === undefined ? 'full' : 'incremental';
  await directories.removeTree(part);
  try {
    await files.makeDirectory(`${part}/images`, 0o700);
    const disks: BackupManifest['disks'][number][] = [];
    for (const { pool, volume } of point.disks) {
      const image = { pool, name: volume };
      const found = await imageWithSnapshots(storage, image, { signal });
      const snapshot = found?.snapshots.find((one) => one.name === name);
      if (found === undefined || snapshot === undefined)
        throw new DroverError('NOT_FOUND', {
          object: `snapshot ${name} of ${volumeLabel(image)}`,
          reason: 'the VM lists it, and Ceph has none',
        });
      const file = fileOf(image, type);
      const made = await exportFile(
        world,
        task,
        { image, snapshot: name, parent, vm: 0 },
        {
          ...{ path: `${part}/${file}`, folder, space },
          progress: {
            ...{ current: disks.length, total: point.disks.length },
            text: `${vm.name}: ${name} of ${pool}/${volume}`,
          },
        },
      );
      disks.push({
        ...{ pool, volume, imageId: found.id, snapshotId: snapshot.id, bytes: snapshot.bytes },
        ...{ file, ...made },
      });
    }
    const record = await readPointRecord(store, vm.uuid, name, { signal });
    // Of one that another program made nobody knows more than that it is there.
    const ours = record && completed(name, record);
    const { meta } = ours ?? (await readDefinition(store, vm.uuid, { signal }));
    const manifest = {
      cluster: world.cluster.name,
      vm: { uuid: vm.uuid, name: vm.name },
      ...{ name, type },
      ...(parent === undefined ? {} : { parent }),
      task: task.id,
      at: point.at,
      endedAt: clock.now(),
      consistency: ours?.consistency ?? 'crash',
      xml: point.xml,
      meta,
      disks,
    } satisfies Omit<BackupManifest, 'v'>;
    await files.replace(`${part}/${PVC_MANIFEST}`, pvcManifest(manifest), 0o600);
    await files.replace(`${part}/${MANIFEST}`, encodeDocument('backup-manifest', manifest), 0o600);
    await directories.rename(part, `${folder}/${name}`);
  } catch (error) {
    await directories.removeTree(part);
    throw error;
  }
}

/** A snapshot of a VM as the public tree has it: all of its volumes, or none is exported. */
async function pointOf(
  { store }: BackupWorld,
  { uuid, name: vm }: { readonly uuid: string; readonly name: string },
  snapshot: string,
  signal: AbortSignal,
): Promise<Point> {
  const keys = await readKeys(
    store,
    'vm-snapshot',
    { uuid, snapshot },
    ['name', 'timestamp', 'xml', 'volumeSnapshots'],
    { signal },
  );
  if (!keys.has('name'))
    throw new DroverError('NOT_FOUND', {
      object: `snapshot ${snapshot} of VM '${vm}'`,
      reason: 'there is none of this name',
    });
  return {
    at: Math.floor(keys.needed('timestamp').number * 1000),
    xml: keys.needed('xml'),
    disks: keys.needed('volumeSnapshots'),
  };
}
