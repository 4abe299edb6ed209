import {
  Message,
  NO_ARGUMENTS,
  VolumeSnapshotCreateArgs,
  VolumeSnapshotRenameArgs,
  VolumeSnapshotRollbackArgs,
} from '../../../schemas/api.js';
import type { SnapshotWish } from '../../usecase/index.js';
import { type Call, route, type Route, said } from '../route.js';

const SNAPSHOT = '/storage/ceph/snapshot/{pool}/{volume}/{snapshot}';

/** Snapshots of single volumes; those of whole VMs are left alone by all of these. */
export const volumeSnapshotRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/storage/ceph/snapshot',
    scope: 'admin',
    summary: 'Takes a snapshot of a volume.',
    args: VolumeSnapshotCreateArgs,
    body: Message,
    handle: (call, { useCases }) => {
      const { pool, volume: name, snapshot } = call.args;
      return said(useCases.volumes.takeSnapshot(call, { pool, name, snapshot }));
    },
  }),
  route({
    method: 'POST',
    path: SNAPSHOT,
    scope: 'admin',
    summary: 'Takes this snapshot.',
    args: NO_ARGUMENTS,
    body: Message,
    handle: (call, { useCases }) => said(useCases.volumes.takeSnapshot(call, snapshotOf(call))),
  }),
  route({
    method: 'PUT',
    path: SNAPSHOT,
    scope: 'admin',
    summary: 'Gives the snapshot another name.',
    args: VolumeSnapshotRenameArgs,
    body: Message,
    handle: (call, { useCases }) =>
      said(useCases.volumes.renameSnapshot(call, { ...snapshotOf(call), to: call.args.new_name })),
  }),
  route({
    method: 'DELETE',
    path: SNAPSHOT,
    scope: 'admin',
    summary: 'Removes the snapshot.',
    args: NO_ARGUMENTS,
    body: Message,
    handle: (call, { useCases }) => said(useCases.volumes.removeSnapshot(call, snapshotOf(call))),
  }),
  route({
    method: 'POST',
    path: `${SNAPSHOT}/rollback`,
    scope: 'admin',
    summary: 'Makes the volume what it was at the snapshot, while nobody has it open.',
    args: VolumeSnapshotRollbackArgs,
    body: Message,
    handle: (call, { useCases }) =>
      said(useCases.volumes.rollBack(call, { ...snapshotOf(call), force: call.args.force })),
  }),
];

function snapshotOf({ name }: Call): SnapshotWish {
  return { pool: name('pool'), name: name('volume'), snapshot: name('snapshot') };
}
