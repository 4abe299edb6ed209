import fc from 'fast-check';
import t from 'tap';
import {
  chainsOf,
  chooseKind,
  dependants,
  type Entry,
  pathTo,
  planBackup,
  retained,
} from '../../../lib/backup/index.js';

const UUID = '00000001-0000-4000-8000-000000000001';

/** A complete backup of one disk, whose snapshot has the number of its time. */
function entry(at: number, parent?: number): Entry {
  const disk = { pool: 'vms', volume: 'web', imageId: 'a', snapshotId: String(at), bytes: 1, fileBytes: 1 };
  return {
    name: `ab${at}`,
    manifest: {
      v: 1,
      cluster: 'east',
      vm: { uuid: UUID, name: 'web' },
      name: `ab${at}`,
      type: parent === undefined ? 'full' : 'incremental',
      ...(parent === undefined ? {} : { parent: `ab${parent}` }),
      at,
      endedAt: at,
      consistency: 'off',
      xml: '<domain/>',
      meta: { tags: [] },
      disks: [{ ...disk, file: 'images/vms.web.rbdimg', sha256: 'a'.repeat(64) }],
    },
  };
}

const disk = (snapshots: readonly number[], imageId = 'a') => ({
  pool: 'vms',
  volume: 'web',
  imageId,
  bytes: 1,
  snapshotIds: new Set(snapshots.map(String)),
});
const every3 = { fullEvery: 3, forceFull: false };

void t.test('I4 M6: what the next backup is', (t) => {
  const type = (...args: Parameters<typeof chooseKind>) => chooseKind(...args).type;
  t.equal(type([], [disk([])], every3), 'full', 'the first');
  t.match(chooseKind([entry(1)], [disk([1])], every3), { type: 'incremental', base: { name: 'ab1' } });
  t.match(chooseKind([entry(1), entry(2, 1)], [disk([1, 2])], every3), { base: { name: 'ab2' } }, 'M70');
  t.equal(type([entry(1), entry(2, 1), entry(3, 2)], [disk([3])], every3), 'full', 'by the interval');
  t.equal(type([entry(1)], [disk([1])], { fullEvery: 3, forceFull: true }), 'full', 'on request');
  t.equal(type([entry(1)], [disk([])], every3), 'full', 'the snapshot of the base is gone');
  t.equal(type([entry(1)], [disk([1], 'b')], every3), 'full', 'the image is another');
  t.equal(type([entry(1)], [disk([1]), { ...disk([1]), volume: 'new' }], every3), 'full', 'M36: a new disk');
  t.equal(type([entry(2, 1)], [disk([2])], every3), 'full', 'a backup without its base is no base');
  t.end();
});

void t.test('M46: a VM without a disk has chains like any other', (t) => {
  const empty = { ...entry(1), manifest: { ...entry(1).manifest, disks: [] } };
  t.match(chooseKind([empty], [], every3), { type: 'incremental' });
  t.end();
});

void t.test('what cannot be restored without a backup', (t) => {
  const all = [entry(1), entry(2, 1), entry(3, 2), entry(4)];
  t.same(dependants('ab2', all), ['ab2', 'ab3']);
  t.same(dependants('ab1', all), ['ab1', 'ab2', 'ab3']);
  t.same(
    pathTo(entry(3, 2), all)?.map(({ name }) => name),
    ['ab1', 'ab2', 'ab3'],
  );
  t.equal(pathTo(entry(9, 8), all), undefined);
  const circle = [entry(1, 2), entry(2, 1)];
  t.equal(pathTo(circle[0] as Entry, circle), undefined, 'a circle is no chain');
  t.equal(chainsOf(circle).broken.length, 2);
  t.end();
});

/** Backups in the order of time, each full or on any of those before it; then some are lost. */
const histories = fc
  .array(fc.record({ full: fc.boolean(), on: fc.nat(30), lost: fc.boolean() }), { maxLength: 25 })
  .map((wishes) =>
    wishes.flatMap(({ full, on, lost }, at) => {
      if (lost && at > 0) return [];
      return [full || at === 0 ? entry(at) : entry(at, on % at)];
    }),
  );

void t.test('D13 I4: as many chains are kept as shall be, each whole, the newest', (t) => {
  fc.assert(
    fc.property(histories, fc.integer({ min: 1, max: 5 }), (entries, fulls) => {
      const { chains, broken } = chainsOf(entries);
      const verdicts = retained(entries, fulls);
      const kept = new Set(verdicts.filter(({ keep }) => keep).map(({ name }) => name));
      const whole = chains.filter((chain) => chain.entries.every(({ name }) => kept.has(name)));
      const touched = chains.filter((chain) => chain.entries.some(({ name }) => kept.has(name)));
      return (
        verdicts.length === entries.length &&
        whole.length === Math.min(fulls, chains.length) &&
        touched.length === whole.length &&
        broken.every(({ name }) => kept.has(name)) &&
        // What is kept restores.
        [...kept].every((name) => {
          const one = entries.find((its) => its.name === name);
          const path = one && pathTo(one, entries);
          return path === undefined || path.every((its) => kept.has(its.name));
        }) &&
        chains.slice(-fulls).every((chain) => whole.includes(chain))
      );
    }),
  );
  t.end();
});

void t.test('D13 I4: step by step, what is left by a cut restores at every moment', (t) => {
  fc.assert(
    fc.property(histories, fc.integer({ min: 1, max: 4 }), (history, fulls) => {
      let entries: readonly Entry[] = history;
      const broken = chainsOf(history).broken.length;
      const kept = retained(entries, fulls).filter(({ keep }) => keep);
      for (;;) {
        const plan = planBackup({
          ...{ removed: [], parts: [], draft: undefined, stale: [], listed: true },
          made: entry(99),
          verdicts: retained(entries, fulls),
        });
        if (plan.do !== 'step' || plan.step.kind !== 'prune') break;
        const { backup } = plan.step;
        entries = entries.filter(({ name }) => name !== backup);
        if (chainsOf(entries).broken.length !== broken) return false;
      }
      return entries.length === kept.length;
    }),
  );
  t.end();
});
