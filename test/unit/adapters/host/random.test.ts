import t from 'tap';
import { HostRandom } from '../../../../lib/adapters/host/index.js';

void t.test('numbers are integers over the whole range, and do not repeat', (t) => {
  const random = new HostRandom();
  const numbers = Array.from({ length: 2000 }, () => random.uint32());
  for (const number of numbers)
    if (!Number.isInteger(number) || number < 0 || number >= 2 ** 32) t.fail(`${number} is out of range`);
  // 2,000 of 2³² hold ten repetitions with a chance of less than one in 10³⁰; each quarter is hit as surely.
  t.ok(new Set(numbers).size > 1990);
  t.equal(new Set(numbers.map((number) => Math.floor(number / 2 ** 30))).size, 4);
  t.end();
});
