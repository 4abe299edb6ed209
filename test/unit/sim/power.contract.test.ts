import t from 'tap';
import { powerContract } from '../../contract/power.js';
import { driven, drivenEventually } from '../../support/driven.js';
import { portsOn, simGround } from '../../support/sim-ground.js';

powerContract(t, () => {
  const ground = simGround('power contract');
  const { clock, one, two, bmcs } = ground;
  return Promise.resolve({
    power: driven(clock, portsOn(ground, one).power),
    bmc: bmcs[1].bmc,
    nobody: { host: 'nowhere', port: 623 },
    isRunning: () => Promise.resolve(two.powered),
    eventually: drivenEventually(clock),
  });
});
