import {
  AutomirrorArgs,
  Message,
  MirrorCreateArgs,
  MirrorList,
  MirrorListArgs,
  MirrorPromoteArgs,
  MirrorVerifyArgs,
  NO_ARGUMENTS,
  SnapshotSendArgs,
  TaskTicket,
} from '../../../schemas/api.js';
import { DroverError } from '../../core/index.js';
import { findVm, vmNames } from '../../domain/index.js';
import { type Mirror, readMirror } from '../../mirror/index.js';
import { readPoints } from '../../point/index.js';
import { type Call, route, type Route, said, type Tools } from '../route.js';
import { ticket } from './ticket.js';

interface Destination {
  readonly peer?: string;
  readonly destination_api_uri?: string;
}

/** Mirrors of VMs on other clusters: each change is a task. */
export const mirrorRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/vm/automirror',
    scope: 'operate',
    status: 202,
    summary: 'Mirrors every VM that a tag selects.',
    args: AutomirrorArgs,
    body: TaskTicket,
    handle: (call, tools) => ticket(call, tools, 'cluster.automirror', call.args),
  }),
  route({
    method: 'GET',
    path: '/vm/mirrors',
    scope: 'read',
    summary: 'The VMs that are mirrored, or copies, with what was reached.',
    args: MirrorListArgs,
    body: MirrorList,
    handle: async (call, tools) => ({ body: await listed(call, tools, call.args.vm) }),
  }),
  route({
    method: 'POST',
    path: '/vm/{vm}/mirror/create',
    scope: 'operate',
    status: 202,
    summary: 'Takes a snapshot of a VM and sends it to another cluster.',
    args: MirrorCreateArgs,
    body: TaskTicket,
    handle: (call, tools) =>
      ticket(call, tools, 'vm.create_mirror', { vm: call.name('vm'), ...peerOf(call.args, tools) }),
  }),
  route({
    method: 'POST',
    path: '/vm/{vm}/mirror/promote',
    scope: 'admin',
    status: 202,
    summary: 'Moves a VM to another cluster.',
    args: MirrorPromoteArgs,
    body: TaskTicket,
    handle: (call, tools) => {
      const { remove_on_source, reclaim, destination_is_off } = call.args;
      return ticket(call, tools, 'vm.promote_mirror', {
        ...{ vm: call.name('vm'), remove_on_source, reclaim, destination_is_off },
        ...peerOf(call.args, tools),
      });
    },
  }),
  route({
    method: 'POST',
    path: '/vm/{vm}/mirror/demote',
    scope: 'admin',
    summary: 'Makes a stopped VM that was succeeded on another cluster the copy of it.',
    args: NO_ARGUMENTS,
    body: Message,
    handle: (call, { useCases }) => said(useCases.vms.demote(call, call.name('vm'))),
  }),
  route({
    method: 'POST',
    path: '/vm/{vm}/mirror/verify',
    scope: 'operate',
    status: 202,
    summary: 'Compares the newest common point of a VM and its copy on another cluster.',
    args: MirrorVerifyArgs,
    body: TaskTicket,
    handle: (call, tools) =>
      ticket(call, tools, 'vm.verify_mirror', { vm: call.name('vm'), ...peerOf(call.args, tools) }),
  }),
  route({
    method: 'POST',
    path: '/vm/{vm}/snapshot/send',
    scope: 'operate',
    status: 202,
    summary: 'Sends a snapshot of a VM to another cluster.',
    args: SnapshotSendArgs,
    body: TaskTicket,
    handle: (call, tools) =>
      ticket(call, tools, 'vm.send_snapshot', {
        ...{ vm: call.name('vm'), snapshot_name: call.args.snapshot_name },
        ...peerOf(call.args, tools),
      }),
  }),
];

/**
 * The peer of the configuration that is meant by its name or its address. A token never comes with a request: it would lie in
 * the store, and in logs (M53).
 */
function peerOf(
  { peer, destination_api_uri: uri }: Destination,
  { peers }: Tools,
): { readonly peer?: string } {
  if (peer !== undefined) return { peer };
  if (uri === undefined) return {};
  const wanted = uri.replace(/\/+$/, '');
  const [found] = Object.entries(peers).find(([, url]) => url === wanted) ?? [];
  if (found !== undefined) return { peer: found };
  throw new DroverError('BAD_INPUT', {
    object: `destination ${uri}`,
    reason: 'no peer of the configuration has this address',
    remedy: 'add it under mirror.peers, with its token',
  });
}

async function listed({ signal }: Call, { store }: Tools, wish: string | undefined): Promise<MirrorList> {
  const names = await vmNames(store, { signal });
  const uuids = wish === undefined ? [...names.keys()] : [await findVm(store, wish, { signal })];
  const rows = await Promise.all(
    uuids.map(async (uuid): Promise<MirrorList> => {
      const mirror = (await readMirror(store, uuid, { signal }))?.value;
      if (mirror === undefined) return [];
      const points = await readPoints(store, uuid, { signal });
      return [
        rowOf(uuid, names.get(uuid) ?? uuid, mirror, new Map(points.map(({ id, name }) => [id, name]))),
      ];
    }),
  );
  return rows.flat().sort((one, other) => (one.name < other.name ? -1 : 1));
}

function rowOf(
  uuid: string,
  name: string,
  { role, epoch, head, source, promote, peers = [] }: Mirror,
  points: ReadonlyMap<string, string>,
): MirrorList[number] {
  const at = head?.point === undefined ? '' : ` ${points.get(head.point) ?? head.point}`;
  return {
    ...{ uuid, name, role, epoch },
    head: head === undefined ? null : `${head.state}${at}`,
    source: source?.name ?? null,
    promote: promote === undefined ? null : `${promote.cursor} to ${promote.peer}`,
    problem: promote?.problem ?? null,
    peers: peers.map((peer) => ({
      name: peer.name,
      point: peer.last?.name ?? null,
      at: peer.last === undefined ? null : peer.last.at / 1_000,
      problem: peer.problem ?? null,
    })),
  };
}
