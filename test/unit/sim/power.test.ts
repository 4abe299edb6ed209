import t from 'tap';
import { codeOf } from '../../support/failure.js';
import { portsOn, simGround } from '../../support/sim-ground.js';

function ground() {
  const made = simGround('power');
  const { clock, one, bmcs } = made;
  return {
    ...made,
    ...portsOn(made, one),
    bmc: bmcs[1],
    settle: <T>(promise: Promise<T>) => clock.settle(promise),
  };
}

void t.test('an order takes its time, or is taken and forgotten, or refused', async (t) => {
  const { two, clock, power, bmc, settle } = ground();
  bmc.delayMs = 8_000;
  await settle(power.off(bmc.bmc));
  t.equal(await settle(power.state(bmc.bmc)), 'on');
  await clock.advance(8_000);
  t.equal(await settle(power.state(bmc.bmc)), 'off');
  t.equal(two.powered, false);

  bmc.deaf = true;
  await settle(power.on(bmc.bmc));
  await clock.advance(60_000);
  t.equal(await settle(power.state(bmc.bmc)), 'off');

  bmc.deaf = false;
  bmc.refuses = true;
  t.equal(await settle(codeOf(power.on(bmc.bmc))), 'POWER_REFUSED');
});

void t.test('N10: a BMC that hangs or is gone is out of reach within the limit of a call', async (t) => {
  const { two, clock, power, bmc, settle } = ground();
  for (const fault of ['hang', 'stop'] as const) {
    bmc.server[fault]();
    const began = clock.monotonic();
    t.equal(await settle(codeOf(power.off(bmc.bmc))), 'POWER_UNREACHABLE');
    t.ok(clock.monotonic() - began <= 5_500, fault);
    bmc.server.start();
  }
  await clock.advance(60_000);
  t.equal(two.powered, true, 'an order that nobody waits for any more is none');
  bmc.server.loseNext({ applied: true });
  t.equal(await settle(codeOf(power.off(bmc.bmc))), 'POWER_UNREACHABLE');
  t.equal(await settle(power.state(bmc.bmc)), 'off', 'it was done all the same');
});
