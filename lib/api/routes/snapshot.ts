import {
  SnapshotCreateArgs,
  SnapshotRemoveArgs,
  SnapshotRollbackArgs,
  TaskTicket,
} from '../../../schemas/api.js';
import { route, type Route } from '../route.js';
import { ticket } from './ticket.js';

const SNAPSHOT = '/vm/{vm}/snapshot';

/** Restore points of VMs: each change is a task. */
export const snapshotRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: SNAPSHOT,
    scope: 'operate',
    status: 202,
    summary: 'Takes a snapshot of all disks of a VM at one instant.',
    args: SnapshotCreateArgs,
    body: TaskTicket,
    handle: (call, tools) => ticket(call, tools, 'vm.create_snapshot', { vm: call.name('vm'), ...call.args }),
  }),
  route({
    method: 'DELETE',
    path: SNAPSHOT,
    scope: 'admin',
    status: 202,
    summary: 'Removes a snapshot of a VM.',
    args: SnapshotRemoveArgs,
    body: TaskTicket,
    handle: (call, tools) => ticket(call, tools, 'vm.remove_snapshot', { vm: call.name('vm'), ...call.args }),
  }),
  route({
    method: 'POST',
    path: `${SNAPSHOT}/rollback`,
    scope: 'admin',
    status: 202,
    summary: 'Makes a stopped VM what it was at a snapshot: its disks and its definition.',
    args: SnapshotRollbackArgs,
    body: TaskTicket,
    handle: (call, tools) =>
      ticket(call, tools, 'vm.rollback_snapshot', { vm: call.name('vm'), ...call.args }),
  }),
];
