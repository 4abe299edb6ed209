import { randomUUID } from 'node:crypto';
import t from 'tap';
import { DISK_BYTES, hypervisorContract } from '../../contract/hypervisor.js';
import { driven, drivenEventually } from '../../support/driven.js';
import { portsOn, simGround, simXml } from '../../support/sim-ground.js';

const ground = simGround('hypervisor contract');
const { clock, ceph, one, two, machines } = ground;

hypervisorContract(t, () =>
  Promise.resolve({
    hypervisor: driven(clock, portsOn(ground, one).hypervisor),
    other: driven(clock, portsOn(ground, two).hypervisor),
    migration: { to: `qemu+tcp://${two.address}/system`, data: `tcp://${two.address}`, maxDowntimeMs: 300 },
    guest: () => {
      const uuid = randomUUID();
      const name = `a.b-${uuid.slice(0, 4)}`;
      ceph.images.add({ pool: 'vms', name }, DISK_BYTES);
      return Promise.resolve({ uuid, name, xml: simXml({ uuid, name }) });
    },
    cephKey: () => Promise.resolve('QUJD'),
    booted: () => Promise.resolve(),
    kill: ({ uuid }) => {
      one.crash(one.guest(uuid));
      return Promise.resolve();
    },
    hang: ({ uuid }) => {
      one.guest(uuid).hung = true;
      return Promise.resolve();
    },
    stopLibvirt: () => {
      one.stopLibvirt();
      return Promise.resolve();
    },
    startLibvirt: () => {
      one.startLibvirt();
      return Promise.resolve();
    },
    eventually: drivenEventually(clock),
  }),
);

void t.test('in all of that no guest ran twice', (t) => {
  t.ok(machines.history.lifetimes.length > 15);
  t.same(machines.history.violations(), []);
  t.end();
});
