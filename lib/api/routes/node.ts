import { Type } from 'typebox';
import {
  Lines,
  LinesArgs,
  Message,
  NO_ARGUMENTS,
  Node,
  NodeCoordinatorArgs,
  NodeCoordinatorState,
  NodeDaemonState,
  NodeDomainArgs,
  NodeDomainState,
  NodeList,
  NodeListArgs,
} from '../../../schemas/api.js';
import { answer, route, type Route, said } from '../route.js';
import { getNode, listNodes, nodeLog } from '../view/node.js';
import { limitOf, narrowed } from './limit.js';

export const nodeRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/node',
    scope: 'read',
    summary: 'The nodes for which one of the conditions holds.',
    args: NodeListArgs,
    body: NodeList,
    handle: async ({ sight, args }) => {
      const { limit, ...states } = args;
      const filter = limit === undefined ? states : { ...states, limit: limitOf(limit) };
      return answer(narrowed(await listNodes(sight, filter), args, 'nodes'));
    },
  }),
  route({
    method: 'GET',
    path: '/node/{node}',
    scope: 'read',
    summary: 'A list with this node.',
    args: NO_ARGUMENTS,
    body: Type.Array(Node),
    handle: async ({ sight, name }) => answer([await getNode(sight, name('node'))]),
  }),
  route({
    method: 'GET',
    path: '/node/{node}/daemon-state',
    scope: 'read',
    summary: 'The state of the daemon.',
    args: NO_ARGUMENTS,
    body: NodeDaemonState,
    handle: async (call) => {
      const { name, daemon_state } = await getNode(call.sight, call.name('node'));
      return answer({ name, daemon_state });
    },
  }),
  route({
    method: 'GET',
    path: '/node/{node}/coordinator-state',
    scope: 'read',
    summary: 'The state of coordination.',
    args: NO_ARGUMENTS,
    body: NodeCoordinatorState,
    handle: async (call) => {
      const { name, coordinator_state } = await getNode(call.sight, call.name('node'));
      return answer({ name, coordinator_state });
    },
  }),
  route({
    method: 'GET',
    path: '/node/{node}/domain-state',
    scope: 'read',
    summary: 'The state for VMs.',
    args: NO_ARGUMENTS,
    body: NodeDomainState,
    handle: async (call) => {
      const { name, domain_state } = await getNode(call.sight, call.name('node'));
      return answer({ name, domain_state });
    },
  }),
  route({
    method: 'POST',
    path: '/node/{node}/coordinator-state',
    scope: 'operate',
    summary: 'Makes the node primary, or lets another one be.',
    args: NodeCoordinatorArgs,
    body: Message,
    handle: (call, { useCases }) =>
      said(useCases.nodes.setCoordinatorState(call, call.name('node'), call.args.state)),
  }),
  route({
    method: 'POST',
    path: '/node/{node}/domain-state',
    scope: 'operate',
    summary: 'Moves the VMs away, or brings them back.',
    args: NodeDomainArgs,
    body: Message,
    handle: (call, { useCases }) => said(useCases.nodes.setDomainState(call, call.name('node'), call.args)),
  }),
  route({
    method: 'GET',
    path: '/node/{node}/log',
    scope: 'read',
    summary: 'The last lines of the log.',
    args: LinesArgs,
    body: Lines,
    handle: ({ sight, name, args }) => answer(nodeLog(sight, name('node'), args.lines)),
  }),
];
