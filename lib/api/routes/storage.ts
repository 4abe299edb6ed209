import {
  CephText,
  ListArgs,
  Message,
  NO_ARGUMENTS,
  OsdList,
  PoolList,
  SnapshotListArgs,
  VolumeChangeArgs,
  VolumeCloneArgs,
  VolumeCreateArgs,
  VolumeList,
  VolumeListArgs,
  VolumeRemoveArgs,
  VolumeSizeArgs,
  VolumeSnapshotList,
} from '../../../schemas/api.js';
import { DroverError } from '../../core/index.js';
import { answer, type Call, route, type Route, said } from '../route.js';
import { parseSize } from '../../pvc/index.js';
import type { VolumeWish } from '../../usecase/index.js';
import {
  cephText,
  getVolume,
  getVolumeSnapshot,
  listOsds,
  listPools,
  listVolumes,
  listVolumeSnapshots,
  type StorageFilter,
} from '../view/storage.js';
import { limitOf, narrowed } from './limit.js';

const VOLUME = '/storage/ceph/volume/{pool}/{volume}';

export const storageReadRoutes: readonly Route[] = [
  ...(['status', 'utilization'] as const).map((type) =>
    route({
      method: 'GET',
      path: `/storage/ceph/${type}`,
      scope: 'read',
      summary: type === 'status' ? 'What `ceph status` says.' : 'What `ceph df` says.',
      args: NO_ARGUMENTS,
      body: CephText,
      handle: ({ sight }) => answer(cephText(sight, type)),
    }),
  ),
  route({
    method: 'GET',
    path: '/storage/ceph/pool',
    scope: 'read',
    summary: 'The pools.',
    args: ListArgs,
    body: PoolList,
    handle: async ({ sight, args }) =>
      answer(narrowed(await listPools(sight, limitOf(args.limit)), args, 'pools')),
  }),
  route({
    method: 'GET',
    path: '/storage/ceph/osd',
    scope: 'read',
    summary: 'The OSDs.',
    args: ListArgs,
    body: OsdList,
    handle: async ({ sight, args }) =>
      answer(narrowed(await listOsds(sight, limitOf(args.limit)), args, 'OSDs')),
  }),
  route({
    method: 'GET',
    path: '/storage/ceph/volume',
    scope: 'read',
    summary: 'The volumes.',
    args: VolumeListArgs,
    body: VolumeList,
    handle: async ({ sight, args }) =>
      answer(narrowed(await listVolumes(sight, filterOf(args)), args, 'volumes')),
  }),
  route({
    method: 'GET',
    path: VOLUME,
    scope: 'read',
    summary: 'A list with this volume.',
    args: NO_ARGUMENTS,
    body: VolumeList,
    handle: async ({ sight, name }) => answer([await getVolume(sight, name('pool'), name('volume'))]),
  }),
  route({
    method: 'GET',
    path: '/storage/ceph/snapshot',
    scope: 'read',
    summary: 'The snapshots of volumes.',
    args: SnapshotListArgs,
    body: VolumeSnapshotList,
    handle: async ({ sight, args }) =>
      answer(narrowed(await listVolumeSnapshots(sight, filterOf(args)), args, 'snapshots')),
  }),
  route({
    method: 'GET',
    path: '/storage/ceph/snapshot/{pool}/{volume}/{snapshot}',
    scope: 'read',
    summary: 'A list with this snapshot.',
    args: NO_ARGUMENTS,
    body: VolumeSnapshotList,
    handle: async ({ sight, name }) =>
      answer([await getVolumeSnapshot(sight, name('pool'), name('volume'), name('snapshot'))]),
  }),
];

export const volumeWriteRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/storage/ceph/volume',
    scope: 'admin',
    summary: 'Creates a volume.',
    args: VolumeCreateArgs,
    body: Message,
    handle: (call, { useCases }) => {
      const { pool, volume: name, size, force } = call.args;
      return said(useCases.volumes.create(call, { pool, name, bytes: parseSize(size), force }));
    },
  }),
  route({
    method: 'POST',
    path: VOLUME,
    scope: 'admin',
    summary: 'Creates this volume.',
    args: VolumeSizeArgs,
    body: Message,
    handle: (call, { useCases }) => {
      const { size, force } = call.args;
      return said(useCases.volumes.create(call, { ...volumeOf(call), bytes: parseSize(size), force }));
    },
  }),
  route({
    method: 'PUT',
    path: VOLUME,
    scope: 'admin',
    summary: 'Gives the volume another size, or another name.',
    args: VolumeChangeArgs,
    body: Message,
    handle: async (call, { useCases: { volumes }, pvc }) => {
      const { new_size: size, new_name: to, force } = call.args;
      const volume = volumeOf(call);
      // A disk that PVC is sending: it tells the size before the blocks, and both become true together.
      if (
        size !== undefined &&
        (await pvc?.resized(volume.pool, volume.name, parseSize(size), call)) === true
      )
        return await said(`Volume '${volume.pool}/${volume.name}' comes with ${parseSize(size)} bytes.`);
      if (size !== undefined && to === undefined)
        return said(volumes.resize(call, { ...volume, bytes: parseSize(size), force }));
      if (to !== undefined && size === undefined) return said(volumes.rename(call, { ...volume, to, force }));
      throw oneThing(volume);
    },
  }),
  route({
    method: 'DELETE',
    path: VOLUME,
    scope: 'admin',
    summary: 'Moves the volume into the trash, where it is protected for 24 hours.',
    args: VolumeRemoveArgs,
    body: Message,
    handle: (call, { useCases }) =>
      said(useCases.volumes.remove(call, { ...volumeOf(call), force: call.args.force })),
  }),
  route({
    method: 'POST',
    path: `${VOLUME}/scan`,
    scope: 'operate',
    summary: 'Reads the image again and writes down what it is.',
    args: NO_ARGUMENTS,
    body: Message,
    handle: (call, { useCases }) => said(useCases.volumes.scan(call, volumeOf(call))),
  }),
  route({
    method: 'POST',
    path: `${VOLUME}/clone`,
    scope: 'admin',
    summary: 'Copies the volume.',
    args: VolumeCloneArgs,
    body: Message,
    handle: (call, { useCases }) => {
      const { new_volume: to, force } = call.args;
      return said(useCases.volumes.clone(call, { ...volumeOf(call), to, force }));
    },
  }),
];

function volumeOf({ name }: Call): VolumeWish {
  return { pool: name('pool'), name: name('volume') };
}

function filterOf({ limit, ...args }: { limit?: string; pool?: string; volume?: string }): StorageFilter {
  return limit === undefined ? args : { ...args, limit: limitOf(limit) };
}

function oneThing({ pool, name }: VolumeWish): DroverError {
  return new DroverError('BAD_INPUT', {
    object: `volume '${pool}/${name}'`,
    reason: 'a change is either of the size or of the name',
    remedy: 'give one of new_size and new_name',
  });
}
