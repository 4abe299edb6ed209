import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import { HostClock } from '../../../../lib/adapters/host/index.js';
import { clockContract } from '../../../contract/clock.js';

const clock = new HostClock();

void t.test('it keeps the contract of a clock', (t) =>
  clockContract(t, { clock, settle: (promise) => promise }),
);

void t.test('monotonic time goes on while the process is stopped', async (t) => {
  // Continued twice, in case the first came before the stop.
  const script = 'sleep 0.2; kill -CONT "$1"; sleep 2; kill -CONT "$1"';
  const child = spawn('sh', ['-c', script, 'sh', String(process.pid)], { stdio: 'ignore' });
  await once(child, 'spawn');
  const before = clock.monotonic();
  process.kill(process.pid, 'SIGSTOP');
  const after = clock.monotonic();
  child.kill();
  t.ok(after - before > 50, `${after - before} ms passed`);
});

void t.test('an alarm later than the longest timer of Node does not go off at once', async (t) => {
  let fired = 0;
  const alarms = [2 ** 31, 2 ** 40, Infinity].map((ms) => clock.after(ms, () => (fired += 1)));
  await clock.sleep(30);
  for (const alarm of alarms) alarm.cancel();
  t.equal(fired, 0);
});

void t.test('an alarm whose timer ends before its time waits for the rest', async (t) => {
  /** Its time runs at a quarter of the speed: every timer ends long before the moment it was set for. */
  class Slow extends HostClock {
    override monotonic(): number {
      return super.monotonic() / 4;
    }
  }
  const slow = new Slow();
  const before = slow.monotonic();
  await slow.sleep(20);
  t.ok(slow.monotonic() - before >= 20);
});

void t.test('an alarm that waits for the rest of its time can still be cancelled', async (t) => {
  let looks = 0;
  /** Its time stands still from the second look on: an alarm is never due. */
  class Stuck extends HostClock {
    override monotonic(): number {
      looks += 1;
      return 0;
    }
  }
  let fired = 0;
  const alarm = new Stuck().after(1, () => (fired += 1));
  while (looks < 3) await clock.sleep(1);
  alarm.cancel();
  const seen = looks;
  await clock.sleep(20);
  t.equal(looks, seen, 'nothing looks at the time any more');
  t.equal(fired, 0);
});
