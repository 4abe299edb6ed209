import t from 'tap';
import { SimClock, SimRandom } from '../../../lib/sim/index.js';
import { clockContract } from '../../contract/clock.js';

void t.test('the virtual clock', (t) => {
  const clock = new SimClock();
  clockContract(t, { clock, settle: (promise) => clock.settle(promise) });
});

void t.test('the clock of a process', (t) => {
  const world = new SimClock({ random: new SimRandom(1) });
  const { clock } = world.process('hv1', { skewMs: -60_000 });
  clockContract(t, { clock, settle: (promise) => world.settle(promise) });
});
