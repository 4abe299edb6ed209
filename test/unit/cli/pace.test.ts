import t from 'tap';
import { Pace } from '../../../cli/pace.js';

const MIB = 1024 ** 2;

void t.test('bytes, rate and time left are told of what moves bytes, from what was seen', (t) => {
  let now = 5_000;
  const pace = new Pace({ monotonic: () => now });
  const at = (ms: number, done: number, status = 'vm1') => {
    now = ms;
    return pace.of({ status, bytes: { done: done * MIB, total: 100 * MIB } });
  };
  t.equal(pace.of({ status: 'vm1' }), '');
  t.equal(at(5_000, 10), '  10 MiB of 100 MiB', 'nothing was seen to move yet');
  t.equal(at(5_000, 10), '  10 MiB of 100 MiB');
  t.equal(at(7_000, 50), '  50 MiB of 100 MiB, 20 MiB/s, 3 seconds left');
  t.equal(at(9_000, 100), '  100 MiB of 100 MiB, 22.5 MiB/s, 0 seconds left');
  t.equal(at(9_500, 0), '  0 B of 100 MiB', 'the next attempt counts from its own beginning');
  t.equal(at(10_500, 1), '  1 MiB of 100 MiB, 1 MiB/s, 99 seconds left');
  t.equal(at(11_000, 90, 'vm2'), '  90 MiB of 100 MiB', 'so does another part, of which more is done');
  t.end();
});
