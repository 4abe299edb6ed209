import { randomUUID } from 'node:crypto';
import t from 'tap';
import { CephStorage } from '../../lib/adapters/ceph/index.js';
import { HostClock } from '../../lib/adapters/host/index.js';
import { LibvirtHypervisor } from '../../lib/adapters/libvirt/index.js';
import type { Domain } from '../../lib/ports/index.js';
import { type Guest, guestXml, makeGuestDisk, type Sandbox, until } from '../../sandbox/index.js';
import { codeOf } from '../support/failure.js';
import { InsideProcesses, procOf } from '../support/inside-processes.js';
import { withSandbox } from '../support/sandbox.js';

const LONG = { limitMs: 60_000 };

const clock = new HostClock();
const sandbox = await withSandbox(t, { clusters: [{ name: 'c', nodes: 2, zookeeper: 0, mgr: false }] });
const [one, two] = sandbox.nodes as [Sandbox['nodes'][0], Sandbox['nodes'][0]];

function hypervisorOf(node: typeof one): LibvirtHypervisor {
  const processes = new InsideProcesses(sandbox, node.name, clock);
  return new LibvirtHypervisor({ processes, clock, proc: procOf(sandbox, node.name) });
}
const hypervisor = hypervisorOf(one);
const other = hypervisorOf(two);

async function started(): Promise<Guest> {
  const uuid = randomUUID();
  const guest: Guest = { name: `vm-${uuid.slice(0, 8)}`, uuid, cluster: 'c' };
  await makeGuestDisk(sandbox, 'c', guest.name);
  await hypervisor.create(guestXml(sandbox.cluster('c'), guest));
  return guest;
}

async function eventually(what: string, condition: () => Promise<boolean>): Promise<void> {
  await until(what, LONG, condition);
}

void t.test('Ceph out of reach: every call ends', async (t) => {
  const storage = new CephStorage(new InsideProcesses(sandbox, one.name, clock));
  const name = { pool: 'vms', name: 'a' };
  await sandbox.faults.link('c-ceph', 'down');
  t.equal(await codeOf(storage.image(name, { limitMs: 3_000 })), 'DEADLINE');
  t.equal(await codeOf(storage.image(name)), 'STORAGE_UNREACHABLE');
  t.equal(await codeOf(storage.blocked()), 'STORAGE_UNREACHABLE');
  await sandbox.faults.link('c-ceph', 'up');
  await eventually('Ceph', async () => (await storage.image(name)) === undefined);
});

void t.test('N17: a libvirtd that hangs is told from an empty one', async (t) => {
  const { uuid } = await started();
  let gaps = 0;
  const stop = new AbortController();
  const watching = hypervisor.watch(({ kind }) => (gaps += kind === 'gap' ? 1 : 0), stop.signal);
  await eventually('the watch', () => Promise.resolve(gaps === 1));
  await sandbox.faults.signalPart(`${one.name}-libvirtd`, 'STOP');
  t.equal(await codeOf(hypervisor.domains({ limitMs: 2_000 })), 'DEADLINE');
  t.equal(await codeOf(hypervisor.destroy(uuid, { limitMs: 2_000 })), 'DEADLINE');
  t.equal((await hypervisor.processes()).filter((process) => process.uuid === uuid).length, 1);
  await sandbox.faults.signalPart(`${one.name}-libvirtd`, 'KILL');
  await sandbox.faults.startPart(`${one.name}-libvirtd`);
  await sandbox.nodeReady(one.name);
  t.match(await hypervisor.domain(uuid), { state: 'running' });
  await eventually('a gap', () => Promise.resolve(gaps >= 2));
  stop.abort();
  await watching;
  await hypervisor.destroy(uuid);
});

void t.test('N18: a migration whose asker died goes on, and the next one can abort it', async (t) => {
  const { uuid } = await started();
  const slow = { maxDowntimeMs: 300, bandwidthMibPerSecond: 1 };
  const to = { to: `qemu+tcp://${two.address}/system`, data: `tcp://${two.address}` };
  const moving = codeOf(hypervisor.migrate(uuid, { ...to, ...slow }));
  const processed = async () => (await hypervisor.migrationProgress(uuid))?.processedBytes ?? 0;
  await eventually('the first bytes', async () => (await processed()) > 0);
  await sandbox.faults.signalProcess(one.name, `virsh .*--domain ${uuid}`, 'KILL');
  t.equal(await moving, 'HYPERVISOR_UNREACHABLE');
  const before = await processed();
  await eventually('more bytes', async () => (await processed()) > before);
  await hypervisor.abortMigration(uuid);
  await eventually('its end', async () => (await other.domain(uuid)) === undefined);
  t.equal(await hypervisor.migrationProgress(uuid), undefined);
  t.match(await hypervisor.domain(uuid), { state: 'running' });
  await hypervisor.destroy(uuid);
});

void t.test('the figures of one that hangs do not hide those of the others', async (t) => {
  const hung = await started();
  const well = await started();
  await sandbox.faults.signalProcess(one.name, `uuid ${hung.uuid}`, 'STOP');
  // The first call waits for it; libvirt remembers that, and the next ones do not.
  t.equal(await codeOf(hypervisor.stats({ limitMs: 5_000 })), 'DEADLINE');
  const stats = await hypervisor.stats();
  const diskOf = ({ uuid }: Guest) => stats.find((one) => one.uuid === uuid)?.disks[0];
  t.ok((diskOf(well)?.readBytes ?? 0) > 0);
  t.match(diskOf(hung), { target: 'vda', readBytes: 0 });
  const domains: readonly Domain[] = await hypervisor.domains();
  t.same(
    domains.map(({ state }) => state),
    ['running', 'running'],
  );
  await Promise.all([hung, well].map(({ uuid }) => hypervisor.destroy(uuid)));
  t.same(await hypervisor.domains(), []);
});
