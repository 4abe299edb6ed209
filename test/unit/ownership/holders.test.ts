import fc from 'fast-check';
import t from 'tap';
import type { Run } from '../../../schemas/index.js';
import { isDroverError } from '../../../lib/core/index.js';
import { arrived, departed, fenced, type Incarnate, joined, taken } from '../../../lib/ownership/holders.js';

const VM = '00000001-0000-4000-8000-000000000001';
const HV1 = { node: 'hv1', boot: 'b1' };
const HV2 = { node: 'hv2', boot: 'b2' };
const GONE = { gone: 'process', domain: 'absent', process: 'absent' } as const;

type Next = ReturnType<typeof taken>;
const stored = (next: Next): Run => ({ v: 1, epoch: 0, holders: [], edges: [], ...next });
const held = stored(taken(VM, undefined, HV1, 'a1', 10));
const migrating = stored(joined(VM, held, { me: HV2, source: 'hv1', attempt: 'm1', now: 20 }));

void t.test('a start takes the empty set and raises the run epoch', (t) => {
  t.match(held, { epoch: 1, holders: [{ ...HV1, role: 'run', attempt: 'a1', since: 10 }] });
  t.match(taken(VM, stored(departed(held, HV1, GONE)), HV2, 'a2', 30), { epoch: 2, holders: [HV2] });
  t.end();
});

void t.test('N14 a start of a held VM is refused and names who holds it, since when', (t) => {
  t.throws(() => taken(VM, held, HV2, 'a2', 11), { code: 'HELD', message: /hv1.*1970-01-01T00:00:00.010Z/ });
  t.throws(() => taken(VM, held, HV1, 'a2', 11), { code: 'HELD' }, 'its own node is no exception');
  t.throws(() => taken(VM, held, { ...HV1, boot: 'b9' }, 'a1', 11), { code: 'HELD' }, 'nor after a reboot');
  t.throws(() => taken(VM, migrating, HV2, 'a2', 11), { code: 'HELD' });
  t.end();
});

void t.test('the same attempt again is the same start', (t) => {
  t.equal(taken(VM, held, HV1, 'a1', 99), undefined);
  t.equal(joined(VM, migrating, { me: HV2, source: 'hv1', attempt: 'm1', now: 99 }), undefined);
  t.end();
});

void t.test('a receiver joins only the one that runs it', (t) => {
  const join = (run: Run | undefined, source = 'hv1', me: Incarnate = HV2) =>
    joined(VM, run, { me, source, attempt: 'm1', now: 20 });
  t.match(join(held), { epoch: 1, holders: [HV1, { ...HV2, role: 'incoming' }] });
  t.throws(() => join(undefined), { code: 'STORE_CONFLICT' });
  t.throws(() => join(held, 'hv3'), { code: 'HELD' });
  t.throws(() => join(migrating, 'hv1', { node: 'hv3', boot: 'b3' }), { code: 'HELD' });
  t.throws(() => join(migrating, 'hv2', { node: 'hv3', boot: 'b3' }), { code: 'HELD' });
  t.throws(() => join(held, 'hv1', { ...HV1, boot: 'b9' }), { code: 'STORE_CONFLICT' }, 'never from itself');
  const twice = { ...held, holders: [...held.holders, { ...held.holders[0]!, boot: 'b0' }] };
  t.throws(() => join(twice), { code: 'HELD' }, 'nor into damage');
  t.end();
});

void t.test('a receiver runs it once the source has left, not before', (t) => {
  t.throws(() => arrived(VM, migrating, HV2), { code: 'HELD', message: /hv1/ });
  const left = stored(departed(migrating, HV1, GONE));
  t.match(left.holders, [{ ...HV2, role: 'incoming' }]);
  t.throws(() => taken(VM, left, HV1, 'a3', 30), { code: 'HELD' }, 'the receiver holds it all the time');
  const there = stored(arrived(VM, left, HV2));
  t.match(there, { epoch: 1, holders: [{ ...HV2, role: 'run' }] });
  t.equal(arrived(VM, there, HV2), undefined);
  t.throws(() => arrived(VM, there, HV1), { code: 'STORE_CONFLICT' });
  t.throws(() => arrived(VM, undefined, HV1), { code: 'STORE_CONFLICT' });
  t.end();
});

void t.test('N23 a node removes itself and nobody else', (t) => {
  t.match(departed(migrating, HV2, GONE)?.holders, [HV1]);
  t.equal(departed(held, HV2, GONE), undefined);
  t.equal(departed(undefined, HV1, GONE), undefined);
  const rebooted = { node: 'hv1', boot: 'b9' };
  t.equal(departed(held, rebooted, GONE), undefined, 'what ran before the boot needs the other evidence');
  t.match(departed(held, rebooted, { gone: 'boot', formerBoot: 'b1' }), { holders: [] });
  t.equal(departed(held, HV1, { gone: 'boot', formerBoot: 'b1' }), undefined, 'not while that kernel runs');
  t.equal(departed(held, HV2, { gone: 'boot', formerBoot: 'b1' }), undefined);
  t.end();
});

void t.test('N5 a fence takes out the node that is off, under every boot, and no other', (t) => {
  t.match(fenced(migrating, 'hv1')?.holders, [HV2]);
  t.match(fenced(held, 'hv1'), { epoch: 1, holders: [] });
  t.equal(fenced(held, 'hv2'), undefined);
  t.equal(fenced(undefined, 'hv1'), undefined);
  t.end();
});

void t.test('N5 N14 no sequence of changes ever gives two that run, or a stranger’s place away', (t) => {
  const me = fc.record({ node: fc.constantFrom('hv1', 'hv2', 'hv3'), boot: fc.constantFrom('b1', 'b2') });
  const attempt = fc.constantFrom('a1', 'a2', 'a3');
  const change = fc.oneof(
    fc.record({ is: fc.constant('take' as const), me, attempt }),
    fc.record({
      is: fc.constant('join' as const),
      me,
      attempt,
      source: fc.constantFrom('hv1', 'hv2', 'hv3'),
    }),
    fc.record({ is: fc.constant('arrive' as const), me }),
    fc.record({ is: fc.constant('leave' as const), me }),
    fc.record({ is: fc.constant('reboot' as const), me, formerBoot: fc.constantFrom('b1', 'b2') }),
    fc.record({ is: fc.constant('fence' as const), me }),
  );
  type Change = typeof change extends fc.Arbitrary<infer C> ? C : never;
  const apply = (run: Run | undefined, what: Change): Next => {
    switch (what.is) {
      case 'take':
        return taken(VM, run, what.me, what.attempt, 1);
      case 'join':
        return joined(VM, run, { ...what, now: 1 });
      case 'arrive':
        return arrived(VM, run, what.me);
      case 'leave':
        return departed(run, what.me, GONE);
      case 'reboot':
        return departed(run, what.me, { gone: 'boot', formerBoot: what.formerBoot });
      case 'fence':
        return fenced(run, what.me.node);
    }
  };
  let changes = 0;
  fc.assert(
    fc.property(fc.array(change, { minLength: 20, maxLength: 60 }), (list) => {
      let run: Run | undefined;
      for (const what of list) {
        let next: Next;
        try {
          next = apply(run, what);
        } catch (error) {
          if (!isDroverError(error, 'HELD', 'STORE_CONFLICT')) throw error;
          continue;
        }
        if (next === undefined) continue;
        changes += 1;
        const before = run?.holders ?? [];
        const others = (holders: Run['holders']) =>
          JSON.stringify(holders.filter(({ node }) => node !== what.me.node));
        if (others(next.holders) !== others(before)) return false;
        if (next.holders.filter(({ role }) => role === 'run').length > 1) return false;
        if (next.holders.length > 2 || next.epoch < (run?.epoch ?? 0)) return false;
        if (what.is === 'take' && before.length > 0) return false;
        run = stored(next);
      }
      return true;
    }),
    { numRuns: 300 },
  );
  t.ok(changes > 1_000, `${changes} changes were allowed`);
  t.end();
});
