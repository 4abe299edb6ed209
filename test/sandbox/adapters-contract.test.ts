import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import t from 'tap';
import { CephStorage } from '../../lib/adapters/ceph/index.js';
import { HostClock } from '../../lib/adapters/host/index.js';
import { IpmiPower } from '../../lib/adapters/ipmi/index.js';
import { LibvirtHypervisor } from '../../lib/adapters/libvirt/index.js';
import {
  type Guest,
  guestXml,
  makeGuestDisk,
  type Sandbox,
  until,
  waitForRecord,
} from '../../sandbox/index.js';
import { BMC_PASSWORD, BMC_USER } from '../../sandbox/parts/bmc.js';
import { hypervisorContract, type HypervisorFixture } from '../contract/hypervisor.js';
import { powerContract, type PowerFixture } from '../contract/power.js';
import { type OpenedImage, storageContract, type StorageFixture } from '../contract/storage.js';
import { InsideProcesses, procOf } from '../support/inside-processes.js';
import { withSandbox } from '../support/sandbox.js';

const POOL = 'vms';
const LONG = { limitMs: 120_000 };

const clock = new HostClock();
const sandbox = await withSandbox(t, { clusters: [{ name: 'c', nodes: 2, zookeeper: 0 }] });
const [one, two] = sandbox.nodes as [Sandbox['nodes'][0], Sandbox['nodes'][0]];
const on = (node: { name: string }) => new InsideProcesses(sandbox, node.name, clock);

const eventually = async (condition: () => boolean | Promise<boolean>, what: string): Promise<void> => {
  await until(what, LONG, async () => condition());
};

const storage = new CephStorage(on(one));

function storageFixture(): StorageFixture {
  return {
    storage,
    pool: POOL,
    // With rights on the pool alone, as QEMU has them.
    other: { storage: new CephStorage(on(two), { user: 'libvirt' }), address: two.address },
    open: async (name): Promise<OpenedImage> => {
      const spec = `${name.pool}/${name.name}`;
      const child = sandbox.inside.spawn(one.name, ['rbd', 'watch', spec], {
        stdio: ['pipe', 'ignore', 'inherit'],
      });
      const ended = once(child, 'close');
      await eventually(async () => (await storage.watchers(name)).length === 1, 'the watcher');
      return {
        close: async () => {
          child.stdin?.end();
          await ended;
        },
        kill: async () => {
          await sandbox.faults.signalProcess(one.name, `rbd watch ${spec}`, 'KILL');
          await ended;
        },
      };
    },
    eventually,
  };
}

function hypervisorFixture(): HypervisorFixture {
  const hypervisorOf = (node: typeof one) =>
    new LibvirtHypervisor({ processes: on(node), clock, proc: procOf(sandbox, node.name) });
  const guests = new Map<string, Guest>();
  const libvirtd = `${one.name}-libvirtd`;
  return {
    hypervisor: hypervisorOf(one),
    other: hypervisorOf(two),
    migration: { to: `qemu+tcp://${two.address}/system`, data: `tcp://${two.address}`, maxDowntimeMs: 300 },
    guest: async () => {
      const uuid = randomUUID();
      const name = `a.b-${uuid.slice(0, 8)}`;
      const guest: Guest = { name, uuid, cluster: 'c' };
      guests.set(uuid, guest);
      await makeGuestDisk(sandbox, 'c', name);
      return { uuid, name, xml: guestXml(sandbox.cluster('c'), guest) };
    },
    cephKey: async () =>
      (await sandbox.run(one.name, ['ceph', 'auth', 'print-key', 'client.libvirt'])).stdout.trim(),
    booted: async ({ uuid }) => {
      await waitForRecord(sandbox, guests.get(uuid)!, 3, LONG);
      const ping = ['virsh', '-q', 'qemu-agent-command', uuid, '{"execute":"guest-ping"}'];
      await until('the guest agent', LONG, () => sandbox.run(one.name, ping));
    },
    kill: ({ uuid }) => sandbox.faults.signalProcess(one.name, `uuid ${uuid}`, 'KILL'),
    hang: ({ uuid }) => sandbox.faults.signalProcess(one.name, `uuid ${uuid}`, 'STOP'),
    stopLibvirt: () => sandbox.faults.signalPart(libvirtd, 'KILL'),
    startLibvirt: async () => {
      await sandbox.faults.startPart(libvirtd);
      await sandbox.nodeReady(one.name);
    },
    eventually,
  };
}

function powerFixture(): PowerFixture {
  return {
    power: new IpmiPower(on(one)),
    bmc: { host: two.bmc, port: 623, user: BMC_USER, password: BMC_PASSWORD },
    nobody: { host: '198.18.1.250', port: 623 },
    isRunning: async () =>
      (await sandbox.status()).hosts.some(({ name, power }) => name === two.name && power === 'on'),
    eventually,
  };
}

void t.test('storage', (t) => {
  storageContract(t, () => Promise.resolve(storageFixture()));
  t.end();
});
void t.test('hypervisor', (t) => {
  hypervisorContract(t, () => Promise.resolve(hypervisorFixture()));
  t.end();
});
void t.test('power', (t) => {
  powerContract(t, () => Promise.resolve(powerFixture()));
  t.end();
});
