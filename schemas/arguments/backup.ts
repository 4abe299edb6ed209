import { Type } from 'typebox';
import { taskArguments } from './form.js';

const vm = Type.String({ minLength: 1, maxLength: 255, description: 'The VM, by name or UUID.' });
const backedUp = Type.String({ minLength: 1, maxLength: 255, description: 'The VM as its backups call it.' });
const target = Type.String({ minLength: 1, maxLength: 255, description: 'The target of the configuration.' });
const backup = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$',
  description: 'The name of a backup.',
});
const path = Type.String({ minLength: 1, maxLength: 4096, pattern: '^/', description: 'A directory.' });
const flag = (description: string) => Type.Optional(Type.Boolean({ description }));

export const AutobackupArguments = taskArguments(
  'cluster.autobackup',
  'Backs up every VM that a tag of a target selects, two at once.',
  {
    target: Type.Optional(target),
    force_full: flag('Full backups, whatever there is.'),
    vms: Type.Optional(Type.Array(vm, { description: 'Only these, and without regard to tags.' })),
    email_recipients: Type.Optional(
      Type.Array(Type.String({ maxLength: 254, pattern: '^[^\\s@<>,;:"()\\[\\]\\\\]+@[A-Za-z0-9.-]+$' }), {
        description: 'Get the summary too.',
      }),
    ),
  },
);

export const ExportSnapshotArguments = taskArguments(
  'vm.export_snapshot',
  'Writes the volumes of a snapshot of a VM, or what changed since another one, into files.',
  {
    vm,
    snapshot_name: backup,
    export_path: path,
    incremental_parent: Type.Optional(backup),
  },
);

export const ImportSnapshotArguments = taskArguments(
  'vm.import_snapshot',
  'Defines a VM from an exported snapshot.',
  {
    vm: backedUp,
    snapshot_name: backup,
    import_path: path,
    start: flag('Whether it is started then.'),
  },
);

export const BackupVerifyArguments = taskArguments(
  'vm.backup_verify',
  'Reads every file of a backup and of those it builds on, and compares them with the manifest.',
  { target, vm: backedUp, backup: Type.Optional(backup) },
);

export const RestoreArguments = taskArguments(
  'vm.restore',
  'Makes a VM of a backup; it is seen when it is complete.',
  {
    target,
    vm: backedUp,
    backup: Type.Optional(backup),
    as: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 255,
        pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]*$',
        description: 'Another name; the VM and its volumes are new ones then.',
      }),
    ),
    pool: Type.Optional(
      Type.String({ minLength: 1, maxLength: 255, pattern: '^[^/@,\\u0000-\\u001f\\u007f]+$' }),
    ),
    node: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
    start: flag('Whether it is started then.'),
    force: flag('Also when the pool would be more than 80 % full.'),
  },
);

export const BackupRemoveArguments = taskArguments('vm.backup_remove', 'Removes a backup.', {
  target,
  vm: backedUp,
  backup,
  force: flag('With those that build on it.'),
});

export const BackupListArguments = taskArguments('vm.backup_list', 'Reads which backups there are.', {
  target: Type.Optional(target),
  vm: Type.Optional(backedUp),
});
