import { Message, NO_ARGUMENTS } from '../../../schemas/api.js';
import { DroverError } from '../../core/index.js';
import { type Method, route, type Route } from '../route.js';

const ALL = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const CHANGES = ['POST', 'PUT', 'PATCH', 'DELETE'] as const;

interface Foreign {
  readonly path: string;
  readonly what: string;
  readonly methods: readonly Method[];
}

/** Parts of PVC that Drover leaves to others; what can be read of them is read elsewhere in the table. */
const FOREIGN: readonly Foreign[] = [
  { path: '/network', what: 'guest networks', methods: ALL },
  { path: '/sriov', what: 'SR-IOV', methods: ALL },
  { path: '/provisioner', what: 'the provisioner', methods: ALL },
  { path: '/storage/ceph/osd', what: 'making and removing OSDs', methods: CHANGES },
  { path: '/storage/ceph/osddb', what: 'OSD databases', methods: ALL },
  { path: '/storage/ceph/pool', what: 'making and removing pools', methods: CHANGES },
];

export const foreignRoutes: readonly Route[] = FOREIGN.flatMap(({ path, what, methods }) =>
  methods.flatMap((method) => [row(method, path, what), row(method, `${path}/*`, what)]),
);

function row(method: Method, path: string, what: string): Route {
  return route({
    method,
    path,
    scope: 'read',
    status: 501,
    summary: `Not part of Drover: ${what}.`,
    args: NO_ARGUMENTS,
    body: Message,
    handle: () =>
      Promise.reject(new DroverError('NOT_OURS', { object: what, reason: 'Drover leaves it alone' })),
  });
}
