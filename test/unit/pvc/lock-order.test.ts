import fc from 'fast-check';
import t from 'tap';
import { blockerOf, type LockKind } from '../../../lib/pvc/index.js';
import { type Contender, contendersOf } from '../../../lib/tree/index.js';

const token = 'a'.repeat(32);

function contenders(...kinds: Contender['kind'][]): Contender[] {
  return contendersOf(
    kinds.map((kind, sequence) => `${token}__${kind}__${String(sequence).padStart(10, '0')}`),
  );
}

/** The sequence that the last contender waits for, or undefined when the lock is its own. */
function blocker(kind: LockKind, ...before: Contender['kind'][]): number | undefined {
  const all = contenders(...before, kind === 'read' ? 'rlock' : 'lock');
  return blockerOf(all, all.at(-1)!, kind)?.sequence;
}

void t.test('who waits for whom', (t) => {
  t.equal(blocker('exclusive'), undefined);
  t.equal(blocker('exclusive', 'lock'), 0);
  t.equal(blocker('exclusive', 'rlock', 'rlock'), undefined, 'an exclusive lock does not mind readers');
  t.equal(blocker('exclusive', 'lock', 'rlock'), 0, 'it waits for the last one that blocks it');
  t.equal(blocker('write', 'rlock'), 0);
  t.equal(blocker('write', 'lock', 'rlock'), 1);
  t.equal(blocker('read', 'rlock', 'rlock'), undefined);
  t.equal(blocker('read', 'lock', 'rlock'), 0);
  t.end();
});

void t.test('those behind never block', (t) => {
  const all = contenders('lock', 'rlock', 'lock');
  for (const kind of ['exclusive', 'write', 'read'] as const)
    t.equal(blockerOf(all, all[0]!, kind), undefined);
  t.end();
});

void t.test('waiting in this order, locks exclude each other', (t) => {
  const queue = fc.array(fc.constantFrom<LockKind>('write', 'read'), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(queue, fc.func(fc.nat()), (kinds, pick) => {
      let left = contenders(...kinds.map((kind) => (kind === 'read' ? 'rlock' : 'lock')));
      for (let step = 0; left.length > 0; step += 1) {
        const having = left.filter((one) => blockerOf(left, one, kinds[one.sequence]!) === undefined);
        const writers = having.filter((one) => kinds[one.sequence] === 'write').length;
        if (having.length === 0 || (writers > 0 && having.length > 1)) return false;
        const done = having[pick(step) % having.length];
        left = left.filter((one) => one !== done);
      }
      return true;
    }),
  );
  t.end();
});
