import {
  AutobackupArguments,
  BackupListArguments,
  BackupRemoveArguments,
  BackupVerifyArguments,
  ExportSnapshotArguments,
  ImportSnapshotArguments,
  RestoreArguments,
} from './backup.js';
import { BenchmarkArguments, SampleArguments } from './benchmark.js';
import { CreateSnapshotArguments, RemoveSnapshotArguments, RollbackSnapshotArguments } from './point.js';
import {
  AutomirrorArguments,
  CreateMirrorArguments,
  PromoteMirrorArguments,
  SendSnapshotArguments,
  VerifyMirrorArguments,
} from './mirror.js';
import { ProbeArguments } from './probe.js';
import { ReportTestArguments } from './report.js';
import {
  VmDeviceAttachArguments,
  VmDeviceDetachArguments,
  VmFlushLocksArguments,
  VmRemoveVolumesArguments,
  VmRenameArguments,
  VolumeAdoptArguments,
  VolumeCloneArguments,
  VolumeCreateArguments,
  VolumeCreateSnapshotArguments,
  VolumePurgeArguments,
  VolumeRemoveArguments,
  VolumeRemoveSnapshotArguments,
  VolumeRenameArguments,
  VolumeRenameSnapshotArguments,
  VolumeResizeArguments,
  VolumeRestoreArguments,
  VolumeRollbackSnapshotArguments,
} from './volume.js';

export { type ArgumentsSchema, taskArguments } from './form.js';

/** Kind of task → what it takes. Each one is also a file in `schemas/json`. */
export const TASK_ARGUMENTS = {
  'cluster.autobackup': AutobackupArguments,
  'cluster.automirror': AutomirrorArguments,
  'node.sample': SampleArguments,
  'report.test': ReportTestArguments,
  'storage.benchmark': BenchmarkArguments,
  'task.probe': ProbeArguments,
  'vm.backup_list': BackupListArguments,
  'vm.backup_remove': BackupRemoveArguments,
  'vm.backup_verify': BackupVerifyArguments,
  'vm.create_mirror': CreateMirrorArguments,
  'vm.create_snapshot': CreateSnapshotArguments,
  'vm.device_attach': VmDeviceAttachArguments,
  'vm.device_detach': VmDeviceDetachArguments,
  'vm.export_snapshot': ExportSnapshotArguments,
  'vm.flush_locks': VmFlushLocksArguments,
  'vm.import_snapshot': ImportSnapshotArguments,
  'vm.promote_mirror': PromoteMirrorArguments,
  'vm.remove_snapshot': RemoveSnapshotArguments,
  'vm.remove_volumes': VmRemoveVolumesArguments,
  'vm.rename': VmRenameArguments,
  'vm.rollback_snapshot': RollbackSnapshotArguments,
  'vm.restore': RestoreArguments,
  'vm.send_snapshot': SendSnapshotArguments,
  'vm.verify_mirror': VerifyMirrorArguments,
  'volume.adopt': VolumeAdoptArguments,
  'volume.clone': VolumeCloneArguments,
  'volume.create': VolumeCreateArguments,
  'volume.create_snapshot': VolumeCreateSnapshotArguments,
  'volume.purge': VolumePurgeArguments,
  'volume.remove': VolumeRemoveArguments,
  'volume.remove_snapshot': VolumeRemoveSnapshotArguments,
  'volume.rename': VolumeRenameArguments,
  'volume.rename_snapshot': VolumeRenameSnapshotArguments,
  'volume.resize': VolumeResizeArguments,
  'volume.restore': VolumeRestoreArguments,
  'volume.rollback_snapshot': VolumeRollbackSnapshotArguments,
} as const;
