import type { DocumentKind, DocumentOf } from '../../schemas/index.js';

const uuid = '00000001-0000-4000-8000-000000000001';
const boot = '6f1c4a52-8a8f-4d53-9a68-0d0f3f3a7c11';
const at = 1_795_334_218_203;
const proof = { path: '/drover/sessions/hv1', czxid: '0x500000011' };
const remembered = {
  cluster: 'a65d3d7c-a1ba-4f05-8dbc-d994b425886e',
  incarnation: 3,
  epoch: 12,
  zxid: '0x500000012',
  nodes: ['hv1', 'hv2'],
};

/** At least one example of every kind of document; the first one is the fullest. */
export const DOCUMENT_EXAMPLES: {
  readonly [K in DocumentKind]: readonly [DocumentOf<K>, ...DocumentOf<K>[]];
} = {
  cluster: [{ v: 1, id: 'a65d3d7c-a1ba-4f05-8dbc-d994b425886e', incarnation: 1 }],
  session: [
    {
      v: 1,
      node: 'hv1',
      boot,
      version: '0.1.0',
      watchdog: { armed: true, seconds: 30 },
      reads: { from: 1, to: 2 },
      since: at,
    },
  ],
  memory: [{ v: 1, remembered }],
  census: [
    {
      v: 1,
      node: 'hv1',
      boot,
      incarnation: 3,
      at,
      domains: [
        { uuid, role: 'run', seen: 'libvirt', state: 'running' },
        { uuid, role: 'incoming', seen: 'process' },
      ],
      remembered,
    },
    {
      v: 1,
      node: 'hv2',
      boot,
      incarnation: 3,
      at,
      domains: [],
      remembered: { incarnation: 0, epoch: 0, zxid: '0x0', nodes: [] },
    },
  ],
  placement: [{ v: 1, vm: uuid, node: 'hv2', at }],
  'election-epoch': [{ v: 1, epoch: 12 }],
  leader: [{ v: 1, node: 'hv1', epoch: 12, since: at }],
  term: [{ v: 1, node: 'hv1', epoch: 12 }],
  handover: [{ v: 1, to: 'hv2', until: at + 10_000 }],
  run: [
    {
      v: 1,
      epoch: 4,
      holders: [
        { node: 'hv1', boot, role: 'run', since: at },
        { node: 'hv2', boot, role: 'incoming', since: at + 5 },
      ],
      edges: [{ word: 'migrate-live', mzxid: '0x500000012', since: at }],
    },
    { v: 1, epoch: 0, holders: [], edges: [] },
  ],
  ops: [
    {
      v: 1,
      slots: [
        {
          slot: 'life',
          id: 'wish-0x500000012',
          operation: 'migrate',
          node: 'hv1',
          proof,
          since: at,
        },
        { slot: 'read', id: 'nightly-2026', operation: 'vm.create_snapshot', node: 'hv1', proof, since: at },
      ],
    },
    { v: 1, slots: [] },
  ],
  task: [
    {
      v: 1,
      id: 'nightly-20261122t0730z',
      kind: 'vm.create_snapshot',
      args: { vm: 'vm1', name: 'manual1' },
      by: 'schedule nightly',
      at,
      schedule: 'nightly',
    },
    { v: 1, id: 'x', kind: 'storage.benchmark', args: {}, runOn: 'hv2' },
  ],
  'task-status': [
    {
      v: 1,
      state: 'running',
      attempt: 2,
      deaths: 1,
      node: 'hv1',
      progress: { current: 3, total: 10, bytes: { done: 1_048_576, total: 4_194_304 }, text: 'vms/vm1_vda' },
      resume: { disk: 'vms/vm1_vda', unit: 3 },
      startedAt: at - 1_000,
      at,
    },
    { v: 1, state: 'queued', attempt: 0, waiting: 'hv2 has no session', at },
    {
      v: 1,
      state: 'failed',
      attempt: 2,
      at,
      endedAt: at,
      error: {
        code: 'DEADLINE',
        message: 'VM vm1: no answer in time',
        object: 'VM vm1',
        remedy: 'look at the named part, then ask again',
      },
    },
    { v: 1, state: 'done', attempt: 1, at, result: { snapshot: 'manual1' } },
  ],
  'task-claim': [{ v: 1, node: 'hv1', boot, attempt: 1, since: at }],
  'task-cancel': [{ v: 1, by: 'ann', why: 'asked for the wrong VM', at }, { v: 1 }],
  schedule: [
    {
      v: 1,
      cron: '30 2 * * *',
      timeZone: 'Europe/Berlin',
      since: at - 86_400_000,
      last: at,
      next: at + 86_400_000,
      task: 'nightly-20261122t0130z',
      outcome: 'done',
      skipped: { planned: at - 3_600_000, reason: 'nightly-20261121t0130z has not ended' },
    },
    { v: 1 },
  ],
  policy: [{ v: 1, rpoSeconds: 900, backup: true, onPowerOff: 'stop', startOrder: 10 }, { v: 1 }],
  mirror: [
    {
      v: 1,
      role: 'mirror',
      epoch: 7,
      head: { state: 'clean', point: 'p-1' },
      source: { cluster: 'c-1', name: 'site1' },
      prepared: { epoch: 8, saga: 'promote-1', at },
      peers: [{ name: 'site2', cluster: 'c-2', last: { id: 'p-1', name: 'mr20261122075634', at }, at }],
    },
    { v: 1, role: 'active', epoch: 1 },
  ],
  receive: [
    {
      v: 1,
      ...{ uuid, epoch: 7, source: { cluster: 'c-1', name: 'site1' }, since: at, state: 'receiving' },
      point: { id: 'p-2', name: 'mr20261122080000', at, origin: 'mirror', consistency: 'paused' },
      base: { id: 'p-1', name: 'mr20261122075634' },
      vm: { name: 'web', xml: '<domain/>', meta: { state: 'start', tags: [] } },
      disks: [
        {
          of: 'vms/web_sda',
          pool: 'vms',
          volume: 'web_sda',
          imageId: '1a2b',
          bytes: 4096,
          base: true,
          cursor: 0,
        },
      ],
    },
  ],
  point: [
    {
      v: 1,
      ...{
        id: 'p-1',
        at,
        origin: 'mirror',
        state: 'complete',
        task: 't-1',
        consistency: 'paused',
        pausedMs: 40,
      },
      xml: '<domain/>',
      meta: { state: 'start', tags: [{ name: 'web', protected: false }] },
      disks: [{ pool: 'vms', volume: 'web_sda', imageId: '1a2b', snapshotId: '4', bytes: 4096 }],
    },
  ],
  fence: [
    {
      v: 1,
      id: 'fence-hv2-12',
      cursor: 'confirmed',
      node: 'hv2',
      boot,
      epoch: 12,
      since: at,
      confirmed: { how: 'operator', at, by: 'ann', why: 'pulled the plug' },
      recovery: [{ uuid }],
    },
  ],
  benchmark: [{ v: 1, format: 2, node: 'hv1', at }],
  'benchmark-test': [{ v: 1, result: { jobs: [{ read: { iops: 1200 } }] } }],
  history: [
    { v: 1, at, who: 'ann', what: 'confirmed off', object: 'hv2', why: 'pulled the plug', outcome: 'done' },
  ],
  'backup-manifest': [
    {
      v: 1,
      cluster: 'east',
      vm: { uuid, name: 'web' },
      name: 'ab20261127013000',
      type: 'incremental',
      parent: 'ab20261126013000',
      why: 'what changed since ab20261126013000',
      task: 'nightly-20261127t0130z',
      at,
      endedAt: at + 1000,
      consistency: 'crash',
      xml: '<domain/>',
      meta: {
        state: 'start',
        node: 'hv1',
        profile: 'p',
        autostart: true,
        migrationMethod: 'live',
        migrationMaxDowntime: 300,
        nodeSelector: 'mem',
        nodeLimit: ['hv1'],
        tags: [{ name: 'nightly', protected: false }],
      },
      disks: [
        {
          pool: 'vms',
          volume: 'web_sda',
          imageId: '1016e0a6e000',
          snapshotId: '5',
          bytes: 67_108_864,
          file: 'images/vms.web_sda.rbddiff',
          fileBytes: 4096,
          sha256: 'a'.repeat(64),
        },
      ],
    },
  ],
};
