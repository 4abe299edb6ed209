import { Type } from 'typebox';
import { Origin, PointName } from '../point.js';
import { taskArguments } from './form.js';

const vm = Type.String({ minLength: 1, maxLength: 255, description: 'The VM, by name or UUID.' });
const snapshot = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$',
  description: 'The name of the snapshot.',
});

export const CreateSnapshotArguments = taskArguments(
  'vm.create_snapshot',
  'Takes a restore point of a VM: all of its disks at one instant.',
  {
    vm,
    snapshot_name: Type.Optional(PointName),
    consistency: Type.Optional(
      Type.Enum(['frozen', 'paused', 'crash'], {
        description:
          'At least this, or it fails. Default: frozen when the guest helps, else paused for several disks.',
      }),
    ),
    origin: Type.Optional(Origin),
  },
);

export const RemoveSnapshotArguments = taskArguments(
  'vm.remove_snapshot',
  'Removes a restore point of a VM.',
  {
    vm,
    snapshot_name: snapshot,
    force: Type.Optional(
      Type.Boolean({
        description: 'Also when a mirror goes on from it: the next transfer is a full one then.',
      }),
    ),
  },
);

export const RollbackSnapshotArguments = taskArguments(
  'vm.rollback_snapshot',
  'Makes a stopped VM what it was at a restore point: all of its disks, and its definition.',
  {
    vm,
    snapshot_name: snapshot,
    force: Type.Optional(Type.Boolean({ description: 'Also when it is the copy of a mirror.' })),
  },
);
