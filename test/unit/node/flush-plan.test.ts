import t from 'tap';
import type { NodeSeen } from '../../../lib/domain/index.js';
import { type FlushFacts, planFlush, type VmSeen } from '../../../lib/node/index.js';
import { VM_STATES } from '../../../lib/tree/index.js';

const node = (name: string, over: Partial<NodeSeen> = {}): NodeSeen => ({
  name,
  daemonState: 'run',
  domainState: 'ready',
  memoryFree: 4_000,
  memoryUsed: 1_000,
  memoryProvisioned: 1_000,
  load: 1,
  vcpus: 1,
  vms: 1,
  ...over,
});

const vm = (name: string, over: Partial<VmSeen> = {}): VmSeen => ({
  uuid: name,
  name,
  state: 'start',
  node: 'hv1',
  lastNode: '',
  held: true,
  autostart: false,
  method: 'none',
  limit: [],
  selector: undefined,
  memory: 1_000,
  failedAgoMs: undefined,
  ...over,
});

const facts = (over: Partial<FlushFacts>): FlushFacts => ({
  me: 'hv1',
  state: 'flush',
  vms: [],
  nodes: [node('hv1', { domainState: 'flush' }), node('hv2'), node('hv3', { memoryFree: 3_000 })],
  reserved: new Map(),
  selector: 'mem',
  ...over,
});

const plan = (over: Partial<FlushFacts>) => planFlush(facts(over));

void t.test('a node is flushed only when nothing runs on it', (t) => {
  t.match(plan({}), { step: { kind: 'finish', state: 'flushed' } });
  t.match(plan({ vms: [vm('a')] }), { step: { kind: 'send', target: 'hv2', lastNode: 'hv1' } });
  t.match(plan({ vms: [vm('a', { node: 'hv2' })] }), { do: 'wait' }, 'one that is leaving is still here');
  t.match(plan({ vms: [vm('a', { state: 'shutdown' })] }), { do: 'wait' }, 'so is one that shuts down');
  t.end();
});

void t.test('N21: what does not run, and shall not, stays as it is', (t) => {
  for (const state of VM_STATES.filter((one) => one !== 'start'))
    t.match(plan({ vms: [vm('a', { state, held: false })] }), { step: { kind: 'finish' } }, state);
  t.match(
    plan({ state: 'unflush', vms: [vm('m', { state: 'mirror', autostart: true, held: false })] }),
    {
      step: { kind: 'finish', state: 'ready' },
    },
    'M5: a mirror is never started with its node',
  );
  t.match(
    plan({
      state: 'unflush',
      vms: [vm('d', { state: 'disable', lastNode: 'hv1', node: 'hv2', held: false })],
    }),
    {
      step: { kind: 'finish' },
    },
  );
  t.end();
});

void t.test('N22: home is a valid target, and then it is at home', (t) => {
  const home = vm('a', { lastNode: 'hv3' });
  t.match(plan({ vms: [home] }), { step: { kind: 'send', target: 'hv3', lastNode: '' } });
  const nodes = [node('hv2'), node('hv3', { domainState: 'flushed' })];
  t.match(
    plan({ vms: [home], nodes }),
    { step: { target: 'hv2', lastNode: 'hv3' } },
    'else home stays where it was',
  );
  t.end();
});

void t.test('N22: a VM that finds no room runs on, and is told of', (t) => {
  const big = vm('big', { memory: 9_000 });
  t.match(plan({ vms: [big] }), { do: 'wait', reason: /no other node.*big/ });
  t.match(
    plan({ vms: [big, vm('small')] }),
    { step: { kind: 'send', vm: { name: 'small' } } },
    'others go all the same',
  );
  t.match(plan({ vms: [vm('only', { limit: ['hv1'] })] }), { do: 'wait' });
  t.end();
});

void t.test('N11: several VMs fan out: what is on its way to a node has its memory', (t) => {
  const leaving = vm('a', { node: 'hv2', memory: 3_500 });
  const reserved = new Map([['hv2', 3_500]]);
  t.match(plan({ vms: [leaving, vm('b')], reserved }), {
    step: { kind: 'send', vm: { name: 'b' }, target: 'hv3' },
  });
  t.match(
    plan({ vms: [vm('b')], reserved: new Map([...reserved, ['hv3', 2_500]]) }),
    { do: 'wait', reason: /room for: b/ },
    'whoever sent it there',
  );
  t.match(plan({ vms: [leaving, vm('b', { node: 'hv3' }), vm('c')] }), { do: 'wait' }, 'two at once');
  t.end();
});

void t.test('a VM that did not get away is tried again after a while', (t) => {
  t.match(plan({ vms: [vm('a', { failedAgoMs: 1_000 })] }), { do: 'wait' });
  t.match(plan({ vms: [vm('a', { failedAgoMs: 61_000 })] }), { step: { kind: 'send' } });
  t.end();
});

void t.test('a ready node has its own back, and starts what was to start with it', (t) => {
  const away = vm('a', { node: 'hv2', lastNode: 'hv1', held: false });
  t.match(plan({ state: 'unflush', vms: [away] }), { step: { kind: 'fetch' } });
  t.match(plan({ state: 'unflush', vms: [vm('b', { state: 'stop', held: false, autostart: true })] }), {
    step: { kind: 'start' },
  });
  for (const held of [false, true])
    t.match(
      plan({ state: 'unflush', vms: [vm('a', { state: 'migrate', held })] }),
      { do: 'wait' },
      'it is on its way',
    );
  t.match(plan({ state: 'unflush' }), { step: { kind: 'finish', state: 'ready' } });
  t.end();
});

void t.test('N30: another word ends it at any point', (t) => {
  for (const state of ['ready', 'flushed', undefined] as const)
    t.match(plan({ state, vms: [vm('a')] }), { do: 'rest' });
  t.end();
});
