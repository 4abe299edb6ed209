import t from 'tap';
import { type FaultFacts, faultsOf, planFaults } from '../../../lib/node/index.js';

const node = (name: string, over: Partial<FaultFacts['nodes'][0]> = {}): FaultFacts['nodes'][0] => ({
  ...{ name, daemonState: 'run', domainState: 'ready', memoryFree: 1, memoryUsed: 1, memoryProvisioned: 1 },
  ...{ load: 1, vcpus: 1, vms: 1, session: true, memoryTotal: 1_000, memoryAllocated: 100 },
  ...over,
});

const facts = (over: Partial<FaultFacts> = {}): FaultFacts => ({
  nodes: [node('hv1'), node('hv2')],
  failed: [],
  problems: [],
  schemaVersion: 15,
  ceph: [],
  refusedPrimary: undefined,
  ...over,
});

const ids = (over: Partial<FaultFacts>) => faultsOf(facts(over)).map(({ id }) => id);

void t.test('N38: what there is reason for, each by itself', (t) => {
  t.same(ids({}), []);
  const problem = {
    path: '/domains/u/state',
    expected: 'a state',
    found: "'stopp'",
    remedy: 'write a state',
  };
  t.same(
    ids({
      failed: [{ name: 'web-1', reason: 'no memory' }],
      problems: [problem],
      schemaVersion: 16,
      ceph: [
        { name: 'OSD_DOWN', severity: 'error', summary: '1 osd down' },
        { name: 'POOL_NO_REDUNDANCY', severity: 'warning', summary: 'no replicas' },
      ],
      nodes: [node('hv1'), node('hv2', { session: false })],
      refusedPrimary: { wanted: 'hv9', reason: 'no such node' },
    }),
    [
      ...['VM_FAILED_WEB-1', 'NODE_AGENT_DEAD_HV2', 'KEY_UNREADABLE_DOMAINS_U_STATE', 'SCHEMA_VERSION'],
      ...['CEPH_ERR_OSD_DOWN', 'CEPH_WARN_POOL_NO_REDUNDANCY', 'PRIMARY_REFUSED'],
    ],
  );
  const [fault] = faultsOf(facts({ problems: [problem] }));
  t.match(
    fault?.message,
    /\/domains\/u\/state.*stopp.*write a state/,
    'it names path, expectation, finding, remedy',
  );
  t.same(ids({ nodes: [node('hv1', { session: false, daemonState: 'stop' })] }), [], 'one that was stopped');
  for (const daemonState of ['init', 'shutdown'] as const)
    t.same(
      ids({ nodes: [node('hv1', { session: false, daemonState })] }),
      ['NODE_AGENT_DEAD_HV1'],
      daemonState,
    );
  t.end();
});

void t.test('D9: memory is overprovisioned only where there is another node', (t) => {
  t.same(ids({ nodes: [node('hv1', { memoryAllocated: 900 })] }), []);
  t.same(ids({ nodes: [node('hv1', { memoryAllocated: 600 }), node('hv2', { memoryAllocated: 500 })] }), [
    'MEMORY_OVERPROVISIONED',
  ]);
  t.same(ids({ nodes: [node('hv1', { memoryAllocated: 500 }), node('hv2', { memoryAllocated: 400 })] }), []);
  t.end();
});

void t.test('N39: a fault goes when its cause has gone, and stays acknowledged while it has not', (t) => {
  const fault = { id: 'VM_FAILED_A', delta: 10, message: 'it failed' };
  t.match(planFaults([fault], [], false), [{ change: 'raise' }]);
  const standing = { ...fault, status: 'ack' as const };
  t.same(planFaults([fault], [standing], false), []);
  t.match(planFaults([{ ...fault, message: 'again' }], [standing], false), [{ change: 'renew' }]);
  t.match(planFaults([], [standing], false), [{ change: 'clear', id: 'VM_FAILED_A' }]);
  t.match(
    planFaults([fault], [{ ...standing, status: undefined }], false),
    [{ change: 'renew' }],
    'garbage in it',
  );
  t.same(
    planFaults([], [{ ...standing, id: 'NODE_PLUGIN_DISK_HV1' }], false),
    [],
    'those of others are left alone',
  );
  t.same(planFaults([fault], [], true), [], 'none is raised in maintenance');
  t.match(planFaults([], [standing], true), [{ change: 'clear' }]);
  t.end();
});
