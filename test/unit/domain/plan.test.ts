import t from 'tap';
import type { Holder, Slot } from '../../../schemas/index.js';
import { LIMITS } from '../../../lib/core/index.js';
import { planVm, type VmFacts, type VmState, type Wish } from '../../../lib/domain/index.js';
import { VM_STATES } from '../../../lib/tree/index.js';

const ME = { node: 'hv1', boot: 'b1' };
const NOW = 1_000_000;
const MZXID = 77n;

function wish(state: VmState, node = 'hv1', over: Partial<Wish> = {}): Wish {
  const read = <T>(value: T) => ({ value, version: 0 });
  return {
    name: 'vm1',
    state: { value: state, version: 0, mzxid: MZXID },
    node: read(node),
    lastNode: read(''),
    xml: read('<domain/>'),
    failedReason: read(''),
    volumes: [],
    migrationMethod: 'none',
    maxDowntimeMs: 300,
    ...over,
  };
}

const RUNNING: Partial<VmFacts> = {
  domain: { uuid: 'u', name: 'vm1', state: 'running', reason: 'booted' },
  process: true,
};

function holder(node: string, role: Holder['role'] = 'run', boot = node === 'hv1' ? 'b1' : 'b2'): Holder {
  return { node, boot, role, since: 0 };
}

function facts(over: Partial<VmFacts> & { holders?: readonly Holder[] }): VmFacts {
  const { holders = [], ...rest } = over;
  return {
    uuid: 'u',
    me: ME,
    now: NOW,
    trusted: true,
    wish: wish('stop'),
    problem: undefined,
    run: { v: 1, epoch: 1, holders: [...holders], edges: [] },
    domain: undefined,
    process: false,
    lastEnd: undefined,
    role: undefined,
    data: undefined,
    ops: undefined,
    flushedSince: false,
    policy: { shutdownMs: 180_000, onPowerOff: 'restart', startOrder: 0 },
    past: { crashes: [] },
    ...rest,
  };
}

/** What the plan says, in a word: the kind of its step, or rest, or wait. */
function says(over: Parameters<typeof facts>[0]): string {
  const plan = planVm(facts(over));
  return plan.do === 'step' ? plan.step.kind : plan.do;
}

const MINE = { ...RUNNING, holders: [holder('hv1')] };

void t.test('I1 N14: a start takes place only here, only when nobody holds it', (t) => {
  t.equal(says({ wish: wish('start') }), 'start');
  t.equal(says({ wish: wish('start', 'hv2') }), 'rest');
  t.equal(says({ wish: wish('start'), holders: [holder('hv2')] }), 'receive');
  t.equal(says({ wish: wish('start'), holders: [holder('hv2', 'incoming')] }), 'rest');
  t.equal(says({ wish: wish('start'), trusted: false }), 'rest');
  t.end();
});

void t.test('rule 3: this node adds itself before, and removes itself only when its process is gone', (t) => {
  t.equal(
    says({ holders: [holder('hv1')], process: true }),
    'destroy',
    'libvirt lists none, a process is there',
  );
  t.equal(says({ holders: [holder('hv1')] }), 'leave');
  t.equal(says({ wish: wish('start'), holders: [holder('hv1', 'run', 'former')] }), 'leave');
  t.equal(says({ ...RUNNING, wish: wish('start') }), 'adopt');
  t.end();
});

void t.test('N16: stop is written only once nothing holds the VM', (t) => {
  t.equal(says({ ...MINE, wish: wish('shutdown') }), 'ask');
  t.equal(
    says({ ...MINE, wish: wish('shutdown'), past: { crashes: [], asked: { mzxid: MZXID, at: NOW - 10 } } }),
    'wait',
  );
  const late = { crashes: [], asked: { mzxid: MZXID, at: NOW - 180_000 } };
  t.equal(says({ ...MINE, wish: wish('shutdown'), past: late }), 'destroy');
  const unasked = (since: number, mzxid = MZXID) => ({
    ...{ ...MINE, wish: wish('shutdown') },
    past: { crashes: [], unasked: { mzxid, since } },
  });
  t.equal(says(unasked(NOW - 179_999)), 'ask', 'libvirt refused to ask it: it is asked again');
  t.equal(
    says(unasked(NOW - 180_000)),
    'destroy',
    'it could never be asked: it stands still for an I/O error',
  );
  t.equal(says(unasked(NOW - 500_000, MZXID - 1n)), 'ask', 'that was another wish');
  t.equal(says({ wish: wish('shutdown'), holders: [holder('hv1')] }), 'leave');
  t.equal(says({ wish: wish('shutdown'), holders: [holder('hv2')] }), 'rest');
  t.equal(says({ wish: wish('shutdown') }), 'report');
  t.end();
});

void t.test('rule 4: a newer wish is a new edge, an older answer does not count for it', (t) => {
  const earlier = { crashes: [], asked: { mzxid: MZXID - 1n, at: NOW - 500_000 } };
  t.equal(says({ ...MINE, wish: wish('restart'), past: earlier }), 'ask');
  t.end();
});

void t.test(
  'N24 N25: no state but stop and delete ends a process at once, and none is taken for done',
  (t) => {
    for (const state of VM_STATES) {
      const expected = state === 'stop' || state === 'delete' ? 'destroy' : undefined;
      const said = says({ ...MINE, wish: wish(state) });
      if (expected === undefined) t.not(said, 'destroy', state);
      else t.equal(said, expected, state);
    }
    t.equal(says({ ...MINE, wish: wish('disable') }), 'ask', 'a running VM that is disabled is shut down');
    t.end();
  },
);

void t.test('N23: a process that nobody knows of is never ended', (t) => {
  t.equal(says({ ...RUNNING, wish: undefined, holders: [holder('hv1')] }), 'rest', 'its definition vanished');
  t.equal(says({ ...RUNNING, holders: [holder('hv2')] }), 'rest', 'somebody else holds it');
  t.end();
});

void t.test('N19: a start with another node is a migration: receive there, send here, arrive there', (t) => {
  t.equal(says({ ...MINE, wish: wish('start', 'hv2') }), 'rest', 'waits for the other side');
  const both = [holder('hv1'), holder('hv2', 'incoming')];
  t.equal(says({ ...MINE, holders: both, wish: wish('start', 'hv2') }), 'send');
  const incoming = [holder('hv2'), holder('hv1', 'incoming')];
  t.equal(says({ wish: wish('migrate'), holders: incoming }), 'rest', 'ready');
  const paused = {
    ...RUNNING,
    domain: { uuid: 'u', name: 'vm1', state: 'paused', reason: 'migrating' } as const,
  };
  t.equal(says({ ...paused, wish: wish('migrate'), holders: incoming }), 'rest', 'on its way');
  t.equal(says({ ...RUNNING, wish: wish('migrate'), holders: incoming }), 'rest', 'the source leaves first');
  const alone = [holder('hv1', 'incoming')];
  t.equal(says({ ...RUNNING, wish: wish('migrate'), holders: alone }), 'arrive');
  t.equal(
    says({ ...paused, wish: wish('migrate'), holders: alone }),
    'rest',
    'what is cut is ended by libvirt',
  );
  const stands = { ...RUNNING, domain: { ...paused.domain, reason: 'I/O error' } };
  t.equal(says({ ...stands, wish: wish('migrate'), holders: alone }), 'arrive', 'it stands, but it is here');
  t.equal(says({ ...MINE, wish: wish('migrate') }), 'report', 'then the word is taken back');
  t.end();
});

void t.test('a migration that fails is given up, or by the word migrate done cold', (t) => {
  const failed = { crashes: [], failedMigration: { mzxid: MZXID, reason: 'no route' } };
  const both = [holder('hv1'), holder('hv2', 'incoming')];
  t.equal(says({ ...MINE, holders: both, past: failed, wish: wish('migrate-live', 'hv2') }), 'abort');
  t.equal(says({ ...MINE, holders: both, past: failed, wish: wish('start', 'hv2') }), 'abort');
  t.equal(says({ ...MINE, holders: both, past: failed, wish: wish('migrate', 'hv2') }), 'ask');
  t.equal(
    says({ ...MINE, holders: both, past: failed, wish: wish('migrate', 'hv2', { migrationMethod: 'live' }) }),
    'abort',
  );
  const cold = wish('migrate', 'hv2', { migrationMethod: 'shutdown' });
  t.equal(says({ ...MINE, wish: cold }), 'ask');
  t.equal(
    says({ holders: [holder('hv1', 'incoming')], wish: wish('migrate') }),
    'leave',
    'its source is gone',
  );
  t.equal(says({ wish: wish('migrate') }), 'report', 'and it starts here');
  t.end();
});

void t.test('a mirror is never started, and a data operation has the VM alone', (t) => {
  t.match(
    planVm(facts({ wish: wish('start'), role: 'mirror' })),
    { step: { kind: 'report', state: 'mirror', failedReason: /promote/ } },
    'a bare start is set back, with the reason and the right command',
  );
  const data = { slot: 'data', operation: 'rollback', id: 'x', node: 'hv2' } as Slot;
  t.equal(says({ wish: wish('start'), data }), 'wait');
  t.equal(says({ wish: wish('mirror') }), 'rest');
  t.end();
});

void t.test('N15 N26: a start that failed becomes fail with its reason; another wish tries again', (t) => {
  const failed = { crashes: [], failedStart: { mzxid: MZXID, reason: 'no such disk' } };
  const plan = planVm(facts({ wish: wish('start'), past: failed }));
  t.match(plan, { do: 'step', step: { kind: 'report', state: 'fail', failedReason: 'no such disk' } });
  const other = { crashes: [], failedStart: { mzxid: MZXID - 1n, reason: 'no such disk' } };
  t.equal(says({ wish: wish('start'), past: other }), 'start');
  t.end();
});

void t.test('a guest that powers itself off: by policy started again, or stopped', (t) => {
  const past = { crashes: [], ended: { how: 'powered-off', mzxid: MZXID } } as const;
  t.equal(says({ wish: wish('start'), past }), 'start');
  t.equal(
    says({ wish: wish('start'), past, policy: { shutdownMs: 1, onPowerOff: 'stop', startOrder: 0 } }),
    'report',
  );
  const earlier = { crashes: [], ended: { how: 'powered-off', mzxid: MZXID - 1n } } as const;
  t.equal(
    says({
      wish: wish('start'),
      past: earlier,
      policy: { shutdownMs: 1, onPowerOff: 'stop', startOrder: 0 },
    }),
    'start',
    'how it ended under an earlier wish does not count for this one',
  );
  t.end();
});

void t.test('a crashed guest waits 1, 2, 4 s, and fails after three crashes within the window', (t) => {
  const crashed = (crashes: number[]) =>
    planVm(facts({ wish: wish('start'), past: { crashes, ended: { how: 'crashed', mzxid: MZXID } } }));
  t.match(crashed([NOW]), { do: 'wait', ms: 1_000 });
  t.match(crashed([NOW - 5_000, NOW]), { do: 'wait', ms: 2_000 });
  t.match(crashed([NOW - 9_000, NOW - 5_000, NOW]), { do: 'wait', ms: 4_000 });
  t.match(crashed([NOW - 1_000]), { do: 'step', step: { kind: 'start' } });
  t.match(crashed([NOW - 9_000, NOW - 5_000, NOW - 1_000, NOW]), { do: 'step', step: { state: 'fail' } });
  const old = NOW - LIMITS.crashWindowMs - 1;
  t.match(crashed([old, old, old, NOW - 2_000]), { do: 'step', step: { kind: 'start' } });
  t.end();
});

void t.test('what cannot be read leaves the VM alone, whatever runs', (t) => {
  const problem = { path: '/domains/u/state', expected: 'a state', found: 'x', remedy: 'write one' };
  t.equal(says({ ...MINE, wish: undefined, problem }), 'rest');
  t.equal(says({ wish: undefined, problem }), 'rest');
  t.end();
});

void t.test(
  'C1: whatever the facts, nothing is destroyed without the words stop or delete or a shutdown in vain',
  (t) => {
    const asked = { crashes: [], asked: { mzxid: MZXID, at: NOW - 500_000 } };
    const shutdowns = new Set<VmState>(['shutdown', 'restart', 'disable']);
    for (const state of VM_STATES)
      for (const node of ['hv1', 'hv2', ''])
        for (const holders of [
          [],
          [holder('hv1')],
          [holder('hv2')],
          [holder('hv1'), holder('hv2', 'incoming')],
        ])
          for (const past of [{ crashes: [] }, asked]) {
            const said = says({ ...RUNNING, wish: wish(state, node), holders, past });
            const allowed =
              state === 'stop' || state === 'delete' || (past === asked && shutdowns.has(state));
            if (said === 'destroy') t.ok(allowed, `${state} on ${node}`);
          }
    t.end();
  },
);

void t.test('N28: a node that was flushed after the wish starts nothing', (t) => {
  t.equal(says({ wish: wish('start'), flushedSince: true }), 'rest');
  t.equal(says({ wish: wish('start') }), 'start');
  t.equal(
    says({ ...RUNNING, wish: wish('start'), flushedSince: true, holders: [holder('hv1')] }),
    'rest',
    'what runs there runs on until it is moved',
  );
  t.end();
});
