import { readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { ApiWorld } from '../../support/api-world.js';
import { differences } from '../../support/differences.js';

interface Recorded {
  readonly request: string;
  readonly status: number;
  readonly body: unknown;
}

/** Where ours answers something else than PVC did: what, and why that is right. */
type Justified = Readonly<Record<string, readonly [ours: unknown, why: string]>>;

const LATER = 'PVC answered half a minute after its tree was recorded';

function recorded(name: string): Recorded {
  return JSON.parse(readFileSync(`test/fixtures/pvc/api-${name}.json`, 'utf8')) as Recorded;
}

async function compare(t: Test, world: ApiWorld, { request, status, body }: Recorded, justified: Justified) {
  const reply = await world.get(request.replace(/^GET /, ''));
  t.equal(reply.status, status, request);
  const expected = Object.fromEntries(Object.entries(justified).map(([at, [ours]]) => [at, ours]));
  t.same(
    Object.fromEntries(differences(reply.body, body)),
    expected,
    `${request}: every difference is justified`,
  );
}

void t.test('without a difference: root, primary, volumes, snapshots', async (t) => {
  const world = await ApiWorld.open();
  for (const name of ['root', 'primary_node', 'ceph_volume', 'ceph_snapshot'])
    await compare(t, world, recorded(name), {});
});

void t.test('the list of VMs', async (t) => {
  const recording = recorded('vm');
  const [vm] = recording.body as [{ snapshots: { name: string }[] }];
  const [newest, ...snapshots] = vm.snapshots;
  t.equal(newest?.name, 'mr20261122075741', 'was taken after the tree was recorded');
  await compare(
    t,
    await ApiWorld.open(),
    { ...recording, body: [{ ...vm, snapshots }] },
    {
      '/0/memory_stats/rss': [253236, LATER],
      '/0/vcpu_stats/cpu_time': [4911358457, LATER],
      '/0/vcpu_stats/user_time': [3850000000, LATER],
      '/0/vcpu_stats/system_time': [1050000000, LATER],
      '/0/disks/0/rd_req': [7, LATER],
      '/0/disks/0/rd_bytes': [25088, LATER],
      '/0/disks/0/wr_req': [5, LATER],
      '/0/disks/0/wr_bytes': [20480, LATER],
    },
  );
});

void t.test('a VM that does not exist', async (t) => {
  await compare(t, await ApiWorld.open(), recorded('vm_missing'), {
    '/message': [
      "VM 'nosuchvm': not found: no VM has this name or UUID (check the name)",
      'an error names its object, its cause and what to do',
    ],
  });
});

void t.test('the nodes', async (t) => {
  await compare(t, await ApiWorld.open(), recorded('node'), {
    '/0/load': [1.58, LATER],
    '/0/memory/used': [4817, LATER],
    '/0/memory/free': [18895, LATER],
    '/0/running_domains/0': ['vm1', 'the 0 of a fresh node is no VM and has no name'],
    '/0/running_domains/1': [undefined, 'the same'],
  });
});

/** Equal times: ours go by id, so that the order is always the same. */
function reordered<T>([first, second, ...rest]: readonly T[]): T[] {
  return first === undefined || second === undefined ? [] : [second, first, ...rest];
}

void t.test('the faults by time', async (t) => {
  const recording = recorded('faults_sorted');
  const body = reordered(recording.body as unknown[]);
  await compare(
    t,
    await ApiWorld.open(),
    { ...recording, body },
    {
      '/0/last_reported': ['2026-11-22 07:56:51', LATER],
      '/1/last_reported': ['2026-11-22 07:56:51', LATER],
      '/2/last_reported': ['2026-11-22 07:55:21', LATER],
      '/2/message': ['pv1 load: Current load is 2.33 out of 2 CPU cores', LATER],
    },
  );
});

void t.test('the status', async (t) => {
  const recording = recorded('status');
  const status = recording.body as { detail: { faults: unknown[] } };
  const body = { ...status, detail: { ...status.detail, faults: reordered(status.detail.faults) } };
  await compare(
    t,
    await ApiWorld.open(),
    { ...recording, body },
    {
      '/maintenance': ['false', 'a key without text is no maintenance, and clients are told true or false'],
      '/resources/memory/used': [4817, LATER],
      '/resources/memory/free': [18895, LATER],
      '/resources/memory/utilization': [19.98, LATER],
      '/resources/cpu/load': [1.58, LATER],
      '/resources/cpu/utilization': [19.75, LATER],
      '/resources/disk/used': [1414136, LATER],
      '/resources/disk/free': [19557384, LATER],
      '/detail/faults/0/last_reported': ['2026-11-22 07:56:51', LATER],
      '/detail/faults/1/last_reported': ['2026-11-22 07:56:51', LATER],
    },
  );
});
