import fc from 'fast-check';
import t from 'tap';
import { type ElectionFacts, leadsIn, planElection } from '../../../lib/ownership/election.js';
import { termEpoch, termPath } from '../../../lib/ownership/paths.js';

const QUIET: ElectionFacts = {
  me: 'hv1',
  session: 's1',
  candidate: true,
  epoch: { number: 7, version: 3, terms: [] },
  leader: undefined,
  remembered: 7,
  handover: undefined,
};
const LEADS: ElectionFacts = {
  ...QUIET,
  epoch: { number: 7, version: 3, terms: [{ epoch: 7, version: 0 }] },
  leader: { node: 'hv1', epoch: 7, owner: 's1', version: 0 },
};

void t.test('without a leader a candidate stands in the next epoch', (t) => {
  t.match(planElection(QUIET), { do: 'step', step: { kind: 'stand', epoch: 8, epochVersion: 3, ends: [] } });
  t.match(planElection({ ...QUIET, candidate: false }), { do: 'rest' });
  t.match(planElection({ ...QUIET, session: undefined }), { do: 'rest' });
  const first = planElection({ ...QUIET, epoch: undefined, remembered: 0 });
  t.match(first, { step: { kind: 'stand', epoch: 1, epochVersion: undefined } });
  t.end();
});

void t.test(
  'N3d an epoch is above everything that was ever seen, also over garbage and in a restored tree',
  (t) => {
    const epochs = fc.nat({ max: 1_000_000 });
    const facts = fc.record({
      number: fc.option(epochs, { nil: undefined }),
      remembered: epochs,
      terms: fc.array(fc.record({ epoch: epochs, version: fc.nat() })),
    });
    fc.assert(
      fc.property(facts, ({ number, remembered, terms }) => {
        const plan = planElection({ ...QUIET, remembered, epoch: { number, version: 0, terms } });
        if (plan.do !== 'step' || plan.step.kind !== 'stand') return false;
        const { epoch, ends } = plan.step;
        return (
          [number ?? 0, remembered, ...terms.map((term) => term.epoch)].every((old) => epoch > old) &&
          ends === terms
        );
      }),
    );
    t.end();
  },
);

void t.test('a node leads only by its own session, its own epoch and a standing term key', (t) => {
  t.equal(leadsIn(LEADS), 7);
  t.equal(leadsIn({ ...LEADS, session: 's2' }), undefined);
  t.equal(leadsIn({ ...LEADS, session: undefined }), undefined);
  t.equal(leadsIn({ ...LEADS, me: 'hv2' }), undefined);
  t.equal(
    leadsIn({ ...LEADS, epoch: { number: 8, version: 4, terms: [{ epoch: 7, version: 0 }] } }),
    undefined,
  );
  t.equal(leadsIn({ ...LEADS, epoch: { number: 7, version: 3, terms: [] } }), undefined);
  t.equal(leadsIn({ ...LEADS, epoch: { ...LEADS.epoch!, number: undefined } }), undefined);
  t.equal(leadsIn({ ...LEADS, epoch: undefined }), undefined);
  t.end();
});

void t.test('a leader rests; one whose term is broken resigns', (t) => {
  t.match(planElection(LEADS), { do: 'rest' });
  const broken = planElection({ ...LEADS, epoch: { number: 7, version: 3, terms: [] } });
  t.match(broken, { do: 'step', step: { kind: 'resign', version: 0 } });
  const other = planElection({ ...LEADS, session: 's2', me: 'hv2' });
  t.match(other, { do: 'rest', reason: /hv1/ });
  t.end();
});

void t.test(
  'a leader that learns of a higher epoch leads on above it, its present keys ended in the same step',
  (t) => {
    t.match(planElection({ ...LEADS, remembered: 12 }), {
      do: 'step',
      step: { kind: 'stand', epoch: 13, epochVersion: 3, leaderVersion: 0, ends: [{ epoch: 7, version: 0 }] },
    });
    t.end();
  },
);

void t.test('N3c a persistent leader key is cleared, unless somebody was elected since', (t) => {
  const rubbish = { ...QUIET, leader: { node: 'hv9', epoch: 7, owner: undefined, version: 5 } };
  t.match(planElection(rubbish), { do: 'step', step: { kind: 'clear', version: 5, epochVersion: 3 } });
  t.match(planElection({ ...rubbish, session: undefined }), { do: 'rest' });
  t.end();
});

void t.test(
  'N33 the others stand back while the one that it is meant for is there, and only for a time',
  (t) => {
    const handover = { to: 'hv2', version: 1, standBackMs: 4_000, present: true };
    t.match(planElection({ ...QUIET, handover }), { do: 'wait', ms: 4_000, reason: /hv2/ });
    t.match(planElection({ ...QUIET, me: 'hv2', handover }), { step: { kind: 'stand', handoverVersion: 1 } });
    t.match(planElection({ ...QUIET, handover: { ...handover, present: false } }), {
      step: { kind: 'stand' },
    });
    t.match(planElection({ ...QUIET, handover: { ...handover, standBackMs: 0 } }), {
      step: { kind: 'stand' },
    });
    t.end();
  },
);

void t.test('a term key is named by its epoch, in one way only', (t) => {
  fc.assert(
    fc.property(fc.nat({ max: 999_999_999_999_999 }), (epoch) => {
      return termEpoch(termPath(epoch).split('/').at(-1) ?? '') === epoch;
    }),
  );
  for (const name of ['7', '00000000007', '0000000007x', 'lock', '99999999999999999', ''])
    t.equal(termEpoch(name), undefined, name);
  t.end();
});
