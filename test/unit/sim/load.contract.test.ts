import t from 'tap';
import { loadContract } from '../../contract/load.js';
import { driven } from '../../support/driven.js';
import { portsOn, simGround } from '../../support/sim-ground.js';

loadContract(t, () => {
  const ground = simGround('load contract');
  const { process, storage } = portsOn(ground, ground.one);
  const load = ground.ceph.load(process, ground.one.address);
  return Promise.resolve({
    load: driven(ground.clock, load),
    storage: driven(ground.clock, storage),
    pool: 'vms',
  });
});
