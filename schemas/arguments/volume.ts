import { Type } from 'typebox';
import { taskArguments } from './form.js';

const PART = '^[^/@,\\u0000-\\u001f\\u007f]+$';
const pool = Type.String({ minLength: 1, maxLength: 255, pattern: PART, description: 'The pool.' });
const name = (description: string) =>
  Type.String({ minLength: 1, maxLength: 255, pattern: PART, description });
const volume = name('The volume.');
const bytes = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'Exact size.' });
const force = (description: string) => Type.Optional(Type.Boolean({ description }));
const beyond = force('Also when the pool would be more than 80 % full.');
const imageId = Type.String({ pattern: '^[0-9a-f]{1,64}$', description: 'Ceph’s id of the image.' });
const domain = Type.String({ minLength: 1, maxLength: 255, description: 'The VM, by UUID or name.' });

export const VolumeCreateArguments = taskArguments('volume.create', 'Makes an empty volume.', {
  pool,
  volume,
  bytes,
  force: beyond,
});

export const VolumeResizeArguments = taskArguments(
  'volume.resize',
  'Grows a volume, and the disk of the VM that runs from it.',
  { pool, volume, bytes, force: beyond },
);

export const VolumeCloneArguments = taskArguments('volume.clone', 'Copies a volume with its data.', {
  pool,
  volume,
  to: name('The name of the copy, in the same pool.'),
  force: force('Also when the pool would be more than 80 % full, or while somebody has the volume open.'),
});

export const VolumeRenameArguments = taskArguments('volume.rename', 'Gives a volume another name.', {
  pool,
  volume,
  to: name('The new name.'),
  force: force('Also the volume of a stopped VM, whose definition and snapshots follow.'),
});

export const VolumeRemoveArguments = taskArguments(
  'volume.remove',
  'Moves a volume into the trash, where it is protected for 24 hours.',
  {
    pool,
    volume,
    id: Type.Optional(imageId),
    force: force('Also the volume of a stopped VM.'),
  },
);

const snapshot = name('The snapshot of the volume.');
const newSnapshot = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]*$',
  description: 'The name that it gets.',
});

export const VolumeCreateSnapshotArguments = taskArguments(
  'volume.create_snapshot',
  'Takes a snapshot of one volume.',
  { pool, volume, snapshot: newSnapshot },
);

export const VolumeRemoveSnapshotArguments = taskArguments(
  'volume.remove_snapshot',
  'Removes a snapshot of one volume; one that belongs to a restore point never.',
  { pool, volume, snapshot },
);

export const VolumeRenameSnapshotArguments = taskArguments(
  'volume.rename_snapshot',
  'Gives a snapshot of one volume another name; one that belongs to a restore point never.',
  { pool, volume, snapshot, to: newSnapshot },
);

export const VolumeRollbackSnapshotArguments = taskArguments(
  'volume.rollback_snapshot',
  'Makes one volume what it was at a snapshot, while nobody has it open.',
  {
    pool,
    volume,
    snapshot,
    force: force('Also when it is one disk of a restore point, or of the copy of a mirror.'),
  },
);

export const VolumeRestoreArguments = taskArguments(
  'volume.restore',
  'Brings a volume back from the trash, under its old name.',
  { pool, id: imageId },
);

export const VolumePurgeArguments = taskArguments(
  'volume.purge',
  'Deletes for good what lies in the trash and is not protected any more; without a pool that of all.',
  { pool: Type.Optional(pool) },
);

export const VolumeAdoptArguments = taskArguments(
  'volume.adopt',
  'Reads what Ceph has and writes it into the public tree.',
  { pool, volume: Type.Optional(volume) },
);

export const VmRenameArguments = taskArguments(
  'vm.rename',
  'Gives a stopped VM another name, and its volumes, definition and snapshots with it.',
  { domain, name: Type.String({ minLength: 1, maxLength: 255, description: 'The new name.' }) },
);

export const VmRemoveVolumesArguments = taskArguments(
  'vm.remove_volumes',
  'Moves the volumes of a VM that is being removed into the trash; those of other VMs too are left.',
  { domain },
);

export const VmFlushLocksArguments = taskArguments(
  'vm.flush_locks',
  'Shuts out whoever still has the volumes of a VM open that does not run.',
  { domain, force: force('Also in a state in which the VM may be about to run.') },
);

const device = Type.String({ minLength: 1, maxLength: 32_768, description: 'The device as libvirt’s XML.' });
export const VmDeviceAttachArguments = taskArguments(
  'vm.device_attach',
  'Gives a running VM another device.',
  { domain, xml: device },
);
export const VmDeviceDetachArguments = taskArguments(
  'vm.device_detach',
  'Takes a device from a running VM, once the guest has given it up.',
  { domain, xml: device },
);
