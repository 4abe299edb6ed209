import {
  Fault,
  FaultList,
  FaultListArgs,
  LoginArgs,
  MaintenanceArgs,
  Message,
  NO_ARGUMENTS,
  PrimaryNode,
  Status,
} from '../../../schemas/api.js';
import { Type } from 'typebox';
import type { Authentication } from '../authentication.js';
import { DroverError } from '../../core/index.js';
import { answer, route, type Route, said } from '../route.js';
import { getFault, listFaults } from '../view/fault.js';
import { primaryNode, readStatus } from '../view/status.js';

/** What other clusters look for to know whom they talk to. */
const GREETING = 'PVC API version 1.0';

/** Who is there, and as whom. */
export function accessRoutes(authentication: Authentication): Route[] {
  return [
    route({
      method: 'GET',
      path: '/',
      scope: undefined,
      summary: 'Says what this is.',
      args: NO_ARGUMENTS,
      body: Message,
      handle: () => said(GREETING),
    }),
    route({
      method: 'POST',
      path: '/login',
      scope: undefined,
      summary: 'Sets a cookie that stands for the token.',
      args: LoginArgs,
      body: Message,
      handle: async ({ args }) => {
        if (authentication.isOff) return TO_ROOT;
        const cookie = authentication.logIn(args.token);
        if (cookie === undefined) throw unknownToken();
        return { ...(await said('Logged in.')), headers: { 'set-cookie': cookie } };
      },
    }),
    route({
      method: 'POST',
      path: '/logout',
      scope: undefined,
      summary: 'Ends the cookie.',
      args: NO_ARGUMENTS,
      body: Message,
      handle: async () => {
        if (authentication.isOff) return TO_ROOT;
        return { ...(await said('Logged out.')), headers: { 'set-cookie': authentication.logOut() } };
      },
    }),
  ];
}

const TO_ROOT = { status: 302, headers: { location: '/api/v1/' }, body: undefined };

function unknownToken(): DroverError {
  return new DroverError('UNAUTHENTICATED', {
    object: 'log-in',
    reason: 'the token is not one of the configuration',
    remedy: 'check the token',
  });
}

/** The cluster as a whole. */
export const clusterRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/status',
    scope: 'read',
    summary: 'The cluster at a glance.',
    args: NO_ARGUMENTS,
    body: Status,
    handle: ({ sight }) => answer(readStatus(sight)),
  }),
  route({
    method: 'POST',
    path: '/status',
    scope: 'operate',
    summary: 'Begins or ends maintenance.',
    args: MaintenanceArgs,
    body: Message,
    handle: (call, { useCases }) => said(useCases.cluster.setMaintenance(call, call.args.state)),
  }),
  route({
    method: 'GET',
    path: '/status/primary_node',
    scope: undefined,
    summary: 'The primary: 204 before the first one, 503 while a new one is being found.',
    args: NO_ARGUMENTS,
    body: PrimaryNode,
    handle: async ({ sight }) => {
      const primary_node = await primaryNode(sight);
      if (primary_node === '') return { status: 204, body: undefined };
      if (primary_node === 'none') throw noPrimary();
      return { body: { primary_node } };
    },
  }),
];

function noPrimary(): DroverError {
  return new DroverError('NO_PRIMARY', { object: 'cluster', reason: 'a new one is being found' });
}

const OneFault = Type.Array(Fault, { maxItems: 1 });

export const faultRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/faults',
    scope: 'read',
    summary: 'All faults, the latest first unless something else is asked for.',
    args: FaultListArgs,
    body: FaultList,
    handle: ({ sight, args }) => answer(listFaults(sight, args.sort_key ?? 'last_reported')),
  }),
  route({
    method: 'GET',
    path: '/faults/{fault}',
    scope: 'read',
    summary: 'A list with this fault, or an empty one.',
    args: NO_ARGUMENTS,
    body: OneFault,
    handle: async ({ sight, name }) => {
      const fault = await getFault(sight, name('fault'));
      return answer(fault === undefined ? [] : [fault]);
    },
  }),
  ...(['/faults', '/faults/{fault}'] as const).flatMap((path) => {
    const which = path === '/faults' ? 'all faults' : 'this fault';
    return [
      route({
        method: 'PUT',
        path,
        scope: 'operate',
        summary: `Acknowledges ${which}.`,
        args: NO_ARGUMENTS,
        body: Message,
        handle: (call, { useCases }) => said(useCases.faults.acknowledge(call, call.optionalName('fault'))),
      }),
      route({
        method: 'DELETE',
        path,
        scope: 'operate',
        summary: `Deletes ${which}.`,
        args: NO_ARGUMENTS,
        body: Message,
        handle: (call, { useCases }) => said(useCases.faults.remove(call, call.optionalName('fault'))),
      }),
    ];
  }),
];
