import fc from 'fast-check';
import t from 'tap';
import { doubt, planTrust, type TrustFacts, trusts } from '../../../lib/ownership/trust.js';

const ID = 'a65d3d7c-a1ba-4f05-8dbc-d994b425886e';
const OTHER = 'b65d3d7c-a1ba-4f05-8dbc-d994b425886e';
const REMEMBERED = { cluster: ID, incarnation: 3, epoch: 12, zxid: '0x100', nodes: ['hv1'] };
const TREE = { cluster: { id: ID, incarnation: 3 }, epoch: 12, zxid: 0x100n };
const GOOD: TrustFacts = {
  registered: true,
  doubt: undefined,
  reporting: [],
  report: 'none',
  remembered: true,
};

void t.test('a tree that has not gone back in anything is not in doubt', (t) => {
  t.equal(doubt(REMEMBERED, TREE), undefined);
  const grown = fc.record({ incarnation: fc.nat(9), epoch: fc.nat(9), zxid: fc.nat(9) });
  fc.assert(
    fc.property(grown, ({ incarnation, epoch, zxid }) => {
      const cluster = { id: ID, incarnation: 3 + incarnation };
      return doubt(REMEMBERED, { cluster, epoch: 12 + epoch, zxid: 0x100n + BigInt(zxid) }) === undefined;
    }),
  );
  t.end();
});

void t.test('N3c a tree that was lost, replaced or rolled back is in doubt, and it is said why', (t) => {
  t.match(doubt(REMEMBERED, { ...TREE, cluster: undefined }), /no cluster record/);
  t.match(doubt(REMEMBERED, { ...TREE, cluster: { id: OTHER, incarnation: 99 } }), /belongs to cluster/);
  t.match(doubt(REMEMBERED, { ...TREE, cluster: { id: ID, incarnation: 2 } }), /incarnation 2/);
  t.match(doubt(REMEMBERED, { ...TREE, epoch: 11 }), /epoch 11/);
  t.match(doubt(REMEMBERED, { ...TREE, epoch: undefined }), /epoch none/);
  t.match(doubt(REMEMBERED, { ...TREE, zxid: 0xffn }), /transaction 0xff/);
  t.end();
});

void t.test('after a census what went back before does not count', (t) => {
  const cluster = { id: ID, incarnation: 4 };
  t.equal(doubt(REMEMBERED, { cluster, epoch: 1, zxid: 1n }), undefined);
  t.end();
});

void t.test('a node without a memory joins the cluster that it finds', (t) => {
  const nothing = { incarnation: 0, epoch: 0, zxid: '0x0', nodes: [] };
  t.equal(doubt(nothing, TREE), undefined);
  t.match(doubt(nothing, { ...TREE, cluster: undefined }), /no cluster record/);
  t.end();
});

void t.test('trust needs a session, no doubt of anybody, no open report of our own, and the disk', (t) => {
  t.ok(trusts(GOOD));
  t.notOk(trusts({ ...GOOD, registered: false }));
  t.notOk(trusts({ ...GOOD, doubt: 'some' }));
  t.notOk(trusts({ ...GOOD, reporting: ['hv2'] }));
  t.notOk(trusts({ ...GOOD, report: 'open' }));
  t.notOk(trusts({ ...GOOD, remembered: false }));
  t.ok(trusts({ ...GOOD, report: 'closed' }));
  t.end();
});

void t.test('who doubts, or sees others doubt, reports once and waits', (t) => {
  for (const facts of [{ doubt: 'some' }, { reporting: ['hv2'] }]) {
    t.match(planTrust({ ...GOOD, ...facts }), { step: { kind: 'report' } });
    t.match(planTrust({ ...GOOD, ...facts, report: 'closed' }), { step: { kind: 'report' } });
    t.match(planTrust({ ...GOOD, ...facts, report: 'open' }), { do: 'rest', reason: /quarantine/ });
  }
  t.match(planTrust({ ...GOOD, registered: false, doubt: 'some' }), { do: 'rest' });
  t.end();
});

void t.test('the disk comes first, then the report goes', (t) => {
  t.match(planTrust({ ...GOOD, remembered: false, report: 'closed' }), { step: { kind: 'remember' } });
  t.match(planTrust({ ...GOOD, report: 'closed' }), { step: { kind: 'withdraw' } });
  t.match(planTrust({ ...GOOD, report: 'open' }), { step: { kind: 'withdraw' } });
  t.match(planTrust(GOOD), { do: 'rest' });
  t.end();
});

void t.test(
  'a plan never rests in quarantine for ever without a report, nor trusts with a step left',
  (t) => {
    const facts = fc.record<TrustFacts>({
      registered: fc.boolean(),
      doubt: fc.option(fc.constant('some'), { nil: undefined }),
      reporting: fc.array(fc.constantFrom('hv2', 'hv3')),
      report: fc.constantFrom('open', 'closed', 'none'),
      remembered: fc.boolean(),
    });
    fc.assert(
      fc.property(facts, (some) => {
        const plan = planTrust(some);
        if (!some.registered) return plan.do === 'rest' && !trusts(some);
        if (plan.do === 'rest') return trusts(some) || some.report === 'open';
        return plan.do === 'step' && (!trusts(some) || plan.step.kind === 'withdraw');
      }),
    );
    t.end();
  },
);
