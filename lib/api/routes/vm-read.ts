import {
  Lines,
  LinesArgs,
  NO_ARGUMENTS,
  VmList,
  VmListArgs,
  VmMeta,
  VmNode,
  VmState,
  VmTags,
} from '../../../schemas/api.js';
import { answer, route, type Route } from '../route.js';
import { narrowed, vmLimitOf } from './limit.js';

/** What can be asked about VMs. */
export const vmReadRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/vm',
    scope: 'read',
    summary: 'The VMs for which all conditions hold, by name.',
    args: VmListArgs,
    body: VmList,
    handle: async ({ sight, args }, { vms }) => {
      const { limit: pattern, ...conditions } = args;
      const limit = vmLimitOf(pattern);
      const filter = limit === undefined ? conditions : { ...conditions, limit };
      return answer(narrowed(await vms.list(sight, filter), args, 'VMs'));
    },
  }),
  route({
    method: 'GET',
    path: '/vm/{vm}',
    scope: 'read',
    summary: 'A list with this VM.',
    args: NO_ARGUMENTS,
    body: VmList,
    handle: ({ sight, name }, { vms }) => answer(vms.get(sight, name('vm'))),
  }),
  route({
    method: 'GET',
    path: '/vm/{vm}/meta',
    scope: 'read',
    summary: 'Where the VM may run, and how it moves.',
    args: NO_ARGUMENTS,
    body: VmMeta,
    handle: ({ sight, name }, { vms }) => answer(vms.meta(sight, name('vm'))),
  }),
  route({
    method: 'GET',
    path: '/vm/{vm}/tags',
    scope: 'read',
    summary: 'The tags of the VM.',
    args: NO_ARGUMENTS,
    body: VmTags,
    handle: ({ sight, name }, { vms }) => answer(vms.tags(sight, name('vm'))),
  }),
  route({
    method: 'GET',
    path: '/vm/{vm}/state',
    scope: 'read',
    summary: 'What the VM shall do.',
    args: NO_ARGUMENTS,
    body: VmState,
    handle: ({ sight, name }, { vms }) => answer(vms.state(sight, name('vm'))),
  }),
  route({
    method: 'GET',
    path: '/vm/{vm}/node',
    scope: 'read',
    summary: 'Where the VM is, and where it goes back to.',
    args: NO_ARGUMENTS,
    body: VmNode,
    handle: ({ sight, name }, { vms }) => answer(vms.node(sight, name('vm'))),
  }),
  route({
    method: 'GET',
    path: '/vm/{vm}/console',
    scope: 'read',
    summary: 'The last lines of the console.',
    args: LinesArgs,
    body: Lines,
    handle: ({ sight, name, args }, { vms }) => answer(vms.console(sight, name('vm'), args.lines)),
  }),
];
