import {
  AutobackupArgs,
  BackupArgs,
  BackupList,
  BackupListArgs,
  RemoveBackupArgs,
  RestoreBackupArgs,
  SnapshotExportArgs,
  SnapshotImportArgs,
  TaskTicket,
} from '../../../schemas/api.js';
import { answer, route, type Route } from '../route.js';
import { ticket } from './ticket.js';

export const backupRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/vm/autobackup',
    scope: 'operate',
    status: 202,
    summary: 'Backs up every VM that a tag selects.',
    args: AutobackupArgs,
    body: TaskTicket,
    handle: (call, tools) => {
      const { vms = [], email_recipients: recipients = [], ...rest } = call.args;
      return ticket(call, tools, 'cluster.autobackup', {
        ...rest,
        ...(recipients.length === 0 ? {} : { email_recipients: recipients }),
        ...(vms.length === 0 ? {} : { vms }),
      });
    },
  }),
  route({
    method: 'GET',
    path: '/vm/backups',
    scope: 'read',
    summary: 'The backups, with what becomes of each.',
    args: BackupListArgs,
    body: BackupList,
    handle: (call, { useCases }) => answer(useCases.tasks.done(call, 'vm.backup_list', call.args)),
  }),
  route({
    method: 'POST',
    path: '/vm/{vm}/backups/verify',
    scope: 'operate',
    status: 202,
    summary: 'Compares every file of a backup with its manifest.',
    args: BackupArgs,
    body: TaskTicket,
    handle: (call, tools) => ticket(call, tools, 'vm.backup_verify', { vm: call.name('vm'), ...call.args }),
  }),
  route({
    method: 'POST',
    path: '/vm/{vm}/backups/restore',
    scope: 'admin',
    status: 202,
    summary: 'Makes a VM of a backup.',
    args: RestoreBackupArgs,
    body: TaskTicket,
    handle: (call, tools) => ticket(call, tools, 'vm.restore', { vm: call.name('vm'), ...call.args }),
  }),
  route({
    method: 'DELETE',
    path: '/vm/{vm}/backups',
    scope: 'admin',
    status: 202,
    summary: 'Removes a backup.',
    args: RemoveBackupArgs,
    body: TaskTicket,
    handle: (call, tools) => ticket(call, tools, 'vm.backup_remove', { vm: call.name('vm'), ...call.args }),
  }),
  route({
    method: 'POST',
    path: '/vm/{vm}/snapshot/export',
    scope: 'admin',
    status: 202,
    summary: 'Writes a snapshot of a VM into files.',
    args: SnapshotExportArgs,
    body: TaskTicket,
    handle: (call, tools) => ticket(call, tools, 'vm.export_snapshot', { vm: call.name('vm'), ...call.args }),
  }),
  route({
    method: 'POST',
    path: '/vm/{vm}/snapshot/import',
    scope: 'admin',
    status: 202,
    summary: 'Defines a VM from an exported snapshot.',
    args: SnapshotImportArgs,
    body: TaskTicket,
    handle: (call, tools) => ticket(call, tools, 'vm.import_snapshot', { vm: call.name('vm'), ...call.args }),
  }),
];
