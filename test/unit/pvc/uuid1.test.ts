import t from 'tap';
import { uuid1 } from '../../../lib/pvc/lock/uuid1.js';
import { SimRandom } from '../../../lib/sim/index.js';

void t.test('a version 1 UUID holds the time it was made at', (t) => {
  const random = new SimRandom(1);
  const now = Date.UTC(2026, 10, 22, 7, 30, 6, 123);
  for (let round = 0; round < 100; round += 1) {
    const text = uuid1(now, random);
    t.match(text, /^[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f][13579bdf][0-9a-f]{10}$/);
    const [low = '', middle = '', high = ''] = text.split('-');
    const ticks = BigInt(`0x${high.slice(1)}${middle}${low}`);
    t.equal(Number(ticks / 10_000n) + Date.UTC(1582, 9, 15), now);
  }
  t.not(uuid1(now, random), uuid1(now, random));
  t.end();
});
