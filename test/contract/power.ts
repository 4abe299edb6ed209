import type { Test } from 'tap';
import type { Bmc, Power } from '../../lib/ports/index.js';
import { codeOf } from '../support/failure.js';

/** What an implementation of Power brings along to be tested. All tests of a run share one. */
export interface PowerFixture {
  readonly power: Power;
  /** Of a machine that is on. */
  readonly bmc: Bmc;
  /** An address where nobody answers. */
  readonly nobody: Pick<Bmc, 'host' | 'port'>;
  /** What the machine itself shows: true while anything of it runs. */
  readonly isRunning: () => Promise<boolean>;
  /** Waits for `condition`; fails naming `what` after a deadline. */
  readonly eventually: (condition: () => Promise<boolean>, what: string) => Promise<void>;
}

/** What every Power does, the real one and the simulated one alike. */
export function powerContract(t: Test, make: () => Promise<PowerFixture>): void {
  let fixture: PowerFixture | undefined;
  const test = (title: string, body: (t: Test, f: PowerFixture) => Promise<void>) =>
    void t.test(title, async (t) => {
      fixture ??= await make();
      await body(t, fixture);
    });

  test('N4: off and on again, each seen by its state', async (t, { power, bmc, isRunning, eventually }) => {
    t.equal(await power.state(bmc), 'on');
    t.equal(await isRunning(), true);
    await power.off(bmc);
    await eventually(async () => (await power.state(bmc)) === 'off', 'power off');
    t.equal(await isRunning(), false);
    await power.off(bmc);
    t.equal(await power.state(bmc), 'off', 'ordered twice');
    await power.on(bmc);
    await eventually(async () => (await power.state(bmc)) === 'on', 'power on');
    await power.on(bmc);
    t.equal(await power.state(bmc), 'on');
    await eventually(isRunning, 'the machine runs');
  });

  test('a wrong password and a wrong user are not let in, and change nothing', async (t, { power, bmc }) => {
    for (const wrong of [{ password: 'wrong' }, { user: 'nobody' }]) {
      t.equal(await codeOf(power.state({ ...bmc, ...wrong })), 'POWER_UNREACHABLE');
      t.equal(await codeOf(power.off({ ...bmc, ...wrong })), 'POWER_UNREACHABLE');
    }
    t.equal(await power.state(bmc), 'on');
  });

  test('where nobody answers', async (t, { power, bmc, nobody }) => {
    t.equal(await codeOf(power.state({ ...bmc, ...nobody })), 'POWER_UNREACHABLE');
    t.equal(await codeOf(power.off({ ...bmc, ...nobody })), 'POWER_UNREACHABLE');
  });

  test('a call that nobody wants any more ends as cancelled', async (t, { power, bmc }) => {
    t.equal(await codeOf(power.state(bmc, AbortSignal.abort())), 'CANCELLED');
  });
}
