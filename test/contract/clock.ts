import { getEventListeners } from 'node:events';
import type { Test } from 'tap';
import type { Clock } from '../../lib/ports/index.js';

export interface ClockFixture {
  readonly clock: Clock;
  /** Settles as `promise` does; a simulation lets its time pass meanwhile. */
  readonly settle: <T>(promise: Promise<T>) => Promise<T>;
}

/** What every Clock does, the machine's and the virtual one alike. No upper limit of a time is asserted. */
export function clockContract(t: Test, { clock, settle }: ClockFixture): void {
  void t.test('wall time is in milliseconds since 1970', (t) => {
    t.ok(clock.now() > Date.UTC(2024, 0, 1));
    t.ok(clock.now() < Date.UTC(2200, 0, 1));
    t.ok(Number.isInteger(clock.now()));
    t.end();
  });

  void t.test('sleep lasts at least as long as asked', async (t) => {
    const before = clock.monotonic();
    await settle(clock.sleep(20));
    t.ok(clock.monotonic() - before >= 20);
  });

  void t.test('sleep ends with the reason of its signal', async (t) => {
    const reason = new Error('enough');
    const abort = new AbortController();
    const sleep = clock.sleep(3_600_000, abort.signal);
    abort.abort(reason);
    await t.rejects(settle(sleep), reason);
    await t.rejects(settle(clock.sleep(3_600_000, abort.signal)), reason, 'also one aborted before');
  });

  void t.test('a sleep that is over leaves its signal alone', async (t) => {
    const { signal } = new AbortController();
    await settle(clock.sleep(1, signal));
    t.same(getEventListeners(signal, 'abort'), []);
  });

  void t.test('alarms go off once, in order of time, never at once', async (t) => {
    const order: string[] = [];
    clock.after(30, () => order.push('30'));
    clock.after(1, () => order.push('1'));
    clock.after(15, () => order.push('15'));
    clock.after(0, () => order.push('0'));
    clock.after(-5, () => order.push('-5'));
    t.same(order, []);
    await settle(clock.sleep(60));
    t.same(order.slice(0, 3).sort(), ['-5', '0', '1'], 'as soon as possible');
    t.same(order.slice(3), ['15', '30']);
  });

  void t.test('a cancelled alarm never goes off', async (t) => {
    let fired = 0;
    const alarm = clock.after(5, () => (fired += 1));
    alarm.cancel();
    const late = clock.after(1, () => (fired += 1));
    await settle(clock.sleep(30));
    late.cancel();
    t.equal(fired, 1);
  });

  void t.test('an alarm may set and cancel others', async (t) => {
    const order: string[] = [];
    const never = clock.after(20, () => order.push('never'));
    clock.after(5, () => {
      order.push('first');
      never.cancel();
      clock.after(5, () => order.push('second'));
    });
    await settle(clock.sleep(40));
    t.same(order, ['first', 'second']);
  });

  t.end();
}
