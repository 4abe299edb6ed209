import t from 'tap';
import { below } from '../../../lib/core/index.js';
import { between, chance, SimRandom } from '../../../lib/sim/index.js';

const take = (random: SimRandom, count: number) => Array.from({ length: count }, () => random.uint32());

/** Computed from the published algorithms by another program. */
const GOLDEN = [4184220333, 90653623, 969404704];

void t.test('the same seed gives the same numbers, everywhere', (t) => {
  t.same(take(new SimRandom('drover'), 100), take(new SimRandom('drover'), 100));
  t.same(take(new SimRandom(1), 3), GOLDEN, 'also next year');
  t.notSame(take(new SimRandom(1), 3), take(new SimRandom(2), 3));
  t.end();
});

void t.test('numbers are spread over the whole range', (t) => {
  const random = new SimRandom('spread');
  const buckets = new Array<number>(16).fill(0);
  for (let draw = 0; draw < 16_000; draw += 1) {
    const bucket = below(random, 16);
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
  }
  t.ok(Math.min(...buckets) > 850 && Math.max(...buckets) < 1150, buckets.join(' '));
  const hits = Array.from({ length: 10_000 }, () => chance(random, 0.2)).filter(Boolean).length;
  t.ok(hits > 1_850 && hits < 2_150, `${hits} of 10,000 with probability 0.2`);
  t.notOk(chance(random, 0));
  t.ok(chance(random, 1));
  for (let draw = 0; draw < 1_000; draw += 1) {
    const number = between(random, -3, 5);
    if (number < -3 || number >= 5) t.fail(`${number} is not in -3 … 5`);
  }
  t.end();
});

void t.test('a fork depends on the seed and its name only', (t) => {
  const used = new SimRandom('s');
  take(used, 10);
  t.same(take(used.fork('a'), 5), take(new SimRandom('s').fork('a'), 5));
  t.notSame(take(used.fork('a'), 5), take(used.fork('b'), 5));
  t.end();
});
