import fc from 'fast-check';
import t from 'tap';
import type { Ops, Slot } from '../../../schemas/index.js';
import { isDroverError } from '../../../lib/core/index.js';
import { granted, released } from '../../../lib/ownership/slots.js';

const VM = '00000001-0000-4000-8000-000000000001';

function slot(kind: Slot['slot'], id: string, node = 'hv1'): Slot {
  const proof = { path: `/drover/sessions/${node}`, czxid: '0x11' };
  return { slot: kind, id, operation: `vm.${kind}`, node, proof, since: 10 };
}

const ops = (...slots: Slot[]): Ops => ({ v: 1, slots });
const life = slot('life', 'l');
const read = slot('read', 'r');
const data = slot('data', 'd');

void t.test('life and reads overlap; a second life, and data beside anything, do not', (t) => {
  const can = (present: Slot[], wanted: Slot) => {
    try {
      return granted(VM, ops(...present), wanted, [])?.slots.includes(wanted) === true;
    } catch (error) {
      if (isDroverError(error, 'BUSY')) return false;
      throw error;
    }
  };
  t.ok(can([], life) && can([], read) && can([], data));
  t.ok(can([life], read) && can([read], life) && can([read], slot('read', 'r2')));
  t.notOk(can([life], slot('life', 'l2')));
  t.notOk(can([data], life) || can([data], read) || can([data], slot('data', 'd2')));
  t.notOk(can([life], data) || can([read], data));
  t.match(granted(VM, undefined, data, []), { slots: [data] });
  t.end();
});

void t.test('M42 a refusal names the operation, its node and since when', (t) => {
  const message = /vm\.data \(d\) has it on hv1 since 1970-01-01T00:00:00.010Z/;
  t.throws(() => granted(VM, ops(data), slot('read', 'r', 'hv2'), []), { code: 'BUSY', message });
  t.end();
});

void t.test('asking again is the same operation; the same id of another owner is not', (t) => {
  t.equal(granted(VM, ops(read), { ...read, since: 99 }, []), undefined);
  const reborn = { ...read, proof: { ...read.proof, czxid: '0x99' } };
  t.throws(() => granted(VM, ops(read), reborn, []), { code: 'BUSY' }, 'the earlier owner may still work');
  t.same(granted(VM, ops(read), reborn, [read])?.slots, [reborn]);
  t.end();
});

void t.test('the dead make room, and only they', (t) => {
  const other = slot('read', 'r2', 'hv2');
  t.throws(() => granted(VM, ops(read, other), data, [read]), { code: 'BUSY', message: /hv2/ });
  t.same(granted(VM, ops(read, other), data, [read, other])?.slots, [data]);
  t.end();
});

void t.test('an operation gives back its own slot and no other', (t) => {
  const other = slot('read', 'r2');
  t.same(released(ops(read, other), read)?.slots, [other]);
  t.equal(released(ops(other), read), undefined);
  t.equal(released(undefined, read), undefined);
  t.equal(released(ops({ ...read, proof: { ...read.proof, czxid: '0x99' } }), read), undefined);
  t.end();
});

void t.test('M42 no sequence of requests and ends puts together what may not be', (t) => {
  const wanted = fc
    .record({
      kind: fc.constantFrom<Slot['slot'][]>('life', 'read', 'data'),
      id: fc.constantFrom('1', '2', '3'),
      node: fc.constantFrom('hv1', 'hv2'),
    })
    .map(({ kind, id, node }) => slot(kind, id, node));
  const event = fc.record({ wanted, end: fc.boolean(), dies: fc.option(fc.constantFrom('hv1', 'hv2')) });
  let grants = 0;
  fc.assert(
    fc.property(fc.array(event, { minLength: 10, maxLength: 40 }), (events) => {
      let record = ops();
      for (const { wanted: one, end, dies } of events) {
        try {
          const dead = record.slots.filter(({ node }) => node === dies && node !== one.node);
          const next = end ? released(record, one) : granted(VM, record, one, dead);
          if (next === undefined) continue;
          grants += end ? 0 : 1;
          record = { v: 1, ...next };
        } catch (error) {
          if (!isDroverError(error, 'BUSY')) throw error;
        }
        const kinds = record.slots.map((present) => present.slot);
        if (kinds.includes('data') && kinds.length > 1) return false;
        if (kinds.filter((kind) => kind === 'life').length > 1) return false;
      }
      return true;
    }),
    { numRuns: 300 },
  );
  t.ok(grants > 500, `${grants} were granted`);
  t.end();
});
