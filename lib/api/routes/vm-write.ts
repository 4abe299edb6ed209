import type { Static } from 'typebox';
import {
  Message,
  NO_ARGUMENTS,
  TaskTicket,
  VmDefineArgs,
  VmDeviceArgs,
  VmMetaArgs,
  VmModifyArgs,
  VmNodeArgs,
  VmRemoveArgs,
  VmRenameArgs,
  VmStateArgs,
  VmTagArgs,
} from '../../../schemas/api.js';
import { DroverError } from '../../core/index.js';
import { type Call, route, type Route, said } from '../route.js';
import type { VmMetaWish } from '../../usecase/index.js';
import { ticket } from './ticket.js';

/** What can be asked of VMs. */
export const vmWriteRoutes: readonly Route[] = [
  ...(['/vm', '/vm/{vm}'] as const).map((path) =>
    route({
      method: 'POST',
      path,
      scope: 'admin',
      summary: 'Defines a VM; its name is the one in the definition.',
      args: VmDefineArgs,
      body: Message,
      handle: (call, { useCases }) => said(useCases.vms.define(call, definitionOf(call))),
    }),
  ),
  route({
    method: 'PUT',
    path: '/vm/{vm}',
    scope: 'admin',
    summary: 'Gives the VM another definition.',
    args: VmModifyArgs,
    body: Message,
    handle: (call, { useCases }) => said(useCases.vms.modify(call, call.name('vm'), call.args)),
  }),
  route({
    method: 'DELETE',
    path: '/vm/{vm}',
    scope: 'admin',
    summary: 'Stops and removes the VM.',
    args: VmRemoveArgs,
    body: Message,
    handle: (call, { useCases }) => {
      const { delete_disks: deleteDisks, force } = call.args;
      return said(useCases.vms.remove(call, call.name('vm'), { deleteDisks, force }));
    },
  }),
  route({
    method: 'POST',
    path: '/vm/{vm}/meta',
    scope: 'admin',
    summary: 'Changes where the VM may run, and how it moves. What is left out stays.',
    args: VmMetaArgs,
    body: Message,
    handle: (call, { useCases }) => {
      if (Object.keys(call.args).length === 0) throw nothingToDo(call.name('vm'));
      return said(useCases.vms.setMeta(call, call.name('vm'), metaOf(call.args)));
    },
  }),
  route({
    method: 'POST',
    path: '/vm/{vm}/tags',
    scope: 'operate',
    summary: 'Adds or removes a tag.',
    args: VmTagArgs,
    body: Message,
    handle: (call, { useCases: { vms } }) => {
      const { action, tag, protected: kept } = call.args;
      return said(
        action === 'add'
          ? vms.addTag(call, call.name('vm'), { name: tag, protected: kept })
          : vms.removeTag(call, call.name('vm'), tag),
      );
    },
  }),
  route({
    method: 'POST',
    path: '/vm/{vm}/state',
    scope: 'operate',
    summary: 'Starts, stops, restarts or disables the VM.',
    args: VmStateArgs,
    body: Message,
    handle: (call, { useCases }) => said(useCases.vms.setState(call, call.name('vm'), call.args)),
  }),
  route({
    method: 'POST',
    path: '/vm/{vm}/node',
    scope: 'operate',
    summary: 'Moves the VM to another node, for a while or for good.',
    args: VmNodeArgs,
    body: Message,
    handle: (call, { useCases }) => {
      const { action, node, force, wait, force_live: live } = call.args;
      if (action === 'unmigrate' && node !== undefined) throw noTarget(call.name('vm'));
      return said(useCases.vms.place(call, call.name('vm'), { action, node, force, wait, live }));
    },
  }),
  route({
    method: 'POST',
    path: '/vm/{vm}/rename',
    scope: 'admin',
    summary: 'Gives the VM and its volumes another name.',
    args: VmRenameArgs,
    body: Message,
    handle: (call, { useCases }) => said(useCases.vms.rename(call, call.name('vm'), call.args.new_name)),
  }),
  route({
    method: 'POST',
    path: '/vm/{vm}/locks',
    scope: 'operate',
    status: 202,
    summary: 'Frees the volumes of a VM that does not run.',
    args: NO_ARGUMENTS,
    body: TaskTicket,
    handle: (call, tools) => ticket(call, tools, 'vm.flush_locks', { domain: call.name('vm') }),
  }),
  ...(['POST', 'DELETE'] as const).map((method) =>
    route({
      method,
      path: '/vm/{vm}/device',
      scope: 'admin',
      status: 202,
      summary:
        method === 'POST' ? 'Attaches a device to a running VM.' : 'Detaches a device from a running VM.',
      args: VmDeviceArgs,
      body: TaskTicket,
      handle: (call, tools) => {
        const kind = method === 'POST' ? 'vm.device_attach' : 'vm.device_detach';
        return ticket(call, tools, kind, { domain: call.name('vm'), xml: call.args.xml });
      },
    }),
  ),
];

function definitionOf({ args }: Call<Static<typeof VmDefineArgs>>) {
  const { xml, node, force, user_tags = [], protected_tags = [], ...meta } = args;
  const tags = [
    ...user_tags.map((name) => ({ name, protected: false })),
    ...protected_tags.map((name) => ({ name, protected: true })),
  ];
  return { xml, node, force, meta: metaOf(meta), tags };
}

/** Only what was given: the rest stays as it is. */
function metaOf(args: Static<typeof VmMetaArgs>): VmMetaWish {
  const { limit, selector, autostart, profile, migration_method, migration_max_downtime } = args;
  return {
    ...(limit === undefined
      ? {}
      : {
          nodeLimit: limit
            .split(',')
            .map((node) => node.trim())
            .filter(Boolean),
        }),
    ...(selector === undefined ? {} : { nodeSelector: selector }),
    ...(autostart === undefined ? {} : { autostart }),
    ...(profile === undefined ? {} : { profile }),
    ...(migration_method === undefined ? {} : { migrationMethod: migration_method }),
    ...(migration_max_downtime === undefined ? {} : { migrationMaxDowntime: migration_max_downtime }),
  };
}

function nothingToDo(vm: string): DroverError {
  return new DroverError('BAD_INPUT', {
    object: `VM '${vm}'`,
    reason: 'nothing to change was given',
    remedy: `give one of ${Object.keys(VmMetaArgs.properties).join(', ')}`,
  });
}

function noTarget(vm: string): DroverError {
  return new DroverError('BAD_INPUT', {
    object: `VM '${vm}'`,
    reason: 'unmigrate goes back to the node it came from and takes no other',
    remedy: 'leave out the node, or move the VM',
  });
}
