import t from 'tap';
import { storageContract } from '../../contract/storage.js';
import { driven, drivenEventually } from '../../support/driven.js';
import { portsOn, simGround } from '../../support/sim-ground.js';

storageContract(t, () => {
  const ground = simGround('storage contract');
  const { clock, ceph, one, two } = ground;
  return Promise.resolve({
    storage: driven(clock, portsOn(ground, one).storage),
    pool: 'vms',
    other: { storage: driven(clock, portsOn(ground, two).storage), address: two.address },
    open: (name) => {
      const opened = ceph.images.open(name, '198.18.0.77', () => undefined);
      return Promise.resolve({
        close: () => {
          opened.close();
          return Promise.resolve();
        },
        kill: () => {
          opened.die();
          return Promise.resolve();
        },
      });
    },
    eventually: drivenEventually(clock),
  });
});
