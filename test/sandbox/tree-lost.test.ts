import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import {
  byKeys,
  chainOfDisk,
  compareChains,
  Droverd,
  type Guest,
  guestXml,
  makeGuestDisk,
  readConsole,
  readImage,
  startGuest,
  until,
  waitForRecord,
} from '../../sandbox/index.js';
import { bootsOf, qemusOn } from '../support/guest-life.js';
import { withSandbox } from '../support/sandbox.js';

const GUEST: Guest = { name: 'vm1', uuid: '00000001-0000-4000-8000-000000000001', cluster: 'east' };
const NODES = ['east1', 'east2'] as const;
const WITHIN = { limitMs: 120_000 };
/** The tree of another system's cluster of one node with one running VM, as it was recorded. */
const FIXTURE = fileURLToPath(new URL('../../../test/fixtures/pvc/store-tree.json', import.meta.url));

void t.test(
  'I1 I7: the tree is lost, rolled back, or somebody else’s: VMs run on, are counted, and then are as wished',
  { timeout: 900_000 },
  async (t) => {
    const sandbox = await withSandbox(t, {
      clusters: [{ name: 'east', nodes: 2, zookeeper: 1, ceph: true, mgr: false }],
    });
    await makeGuestDisk(sandbox, 'east', GUEST.name);
    const daemons = new Map<string, Droverd>();
    t.teardown(async () => {
      for (const daemon of daemons.values()) {
        if (!t.passing()) t.comment(daemon.node, daemon.tail(60));
        await daemon.kill();
      }
    });
    const begin = async (node: string) => {
      daemons.set(node, await Droverd.start(sandbox, node));
    };
    const tryRead = async (path: string) => {
      try {
        return (await byKeys(sandbox, GUEST, 'read', path)).stdout.trim();
      } catch {
        return undefined;
      }
    };
    const incarnation = async () => {
      const text = await tryRead('/drover/cluster');
      return text === undefined ? 0 : (JSON.parse(text) as { incarnation: number }).incarnation;
    };
    /** One process on that node, holder by the record, and nothing anywhere else. */
    const runsOn = async (node: string) => {
      const counts = await Promise.all(NODES.map((one) => qemusOn(sandbox, one, GUEST)));
      const text = (await tryRead(`/drover/runs/${GUEST.uuid}`)) ?? '{"holders":[]}';
      const holders = (JSON.parse(text) as { holders: { node: string }[] }).holders.map(
        (holder) => holder.node,
      );
      return NODES.every((one, index) => counts[index] === (one === node ? 1 : 0)) && holders.join() === node;
    };
    const counted = (above: number) =>
      until('a census', WITHIN, async () => (await incarnation()) > above).catch(async (error: unknown) => {
        t.comment('cluster', await tryRead('/drover/cluster'));
        throw error;
      });

    for (const node of NODES) await begin(node);
    await byKeys(sandbox, GUEST, 'define', 'east1');
    await byKeys(sandbox, GUEST, 'start', 'east1');
    let last = await waitForRecord(sandbox, GUEST, 10);

    await t.test('wiped under a running VM', async (t) => {
      const before = await incarnation();
      await byKeys(sandbox, GUEST, 'wipe');
      await until('the cluster to be counted', WITHIN, async () => {
        const now = await incarnation();
        return now > 0 && now !== before;
      });
      last = await waitForRecord(sandbox, GUEST, last + 20);
      await until('it to be held where it runs', WITHIN, () => runsOn('east1'));
      t.equal(await tryRead('/schema/version'), '15', 'the tree is made again');
      await byKeys(sandbox, GUEST, 'define', 'east1', 'start');
      last = await waitForRecord(sandbox, GUEST, last + 20);
      t.equal(await bootsOf(sandbox, GUEST), 1, 'the same process is as wished');
    });

    await t.test('rolled back to before a migration', async (t) => {
      const data = `${sandbox.cluster('east').directory}/east-zk1/data`;
      const zk = async (script: string) => {
        await sandbox.faults.signalPart('east-zk1', 'KILL');
        await sandbox.run('east-zk1', ['sh', '-c', script]);
        await sandbox.faults.startPart('east-zk1');
      };
      await zk(`rm -rf ${data}.old && cp -a ${data} ${data}.old`);
      // An hour's worth of transactions: what reads and writes after the rollback must not make up for what was lost.
      await byKeys(sandbox, GUEST, 'churn', '3000');
      await byKeys(sandbox, GUEST, 'migrate', 'east2');
      const before = await incarnation();
      await zk(`rm -rf ${data} && mv ${data}.old ${data}`);
      await counted(before);
      last = await waitForRecord(sandbox, GUEST, last + 20);
      // The old wish says east1: it moves there, alive.
      await until('it to be as the old tree wishes', WITHIN, () => runsOn('east1'));
      last = await waitForRecord(sandbox, GUEST, last + 20);
      t.equal(await bootsOf(sandbox, GUEST), 1);
    });

    await t.test('a tree of another system, with a VM that runs already', async (t) => {
      await byKeys(sandbox, GUEST, 'state', 'stop');
      await until('it to be gone', WITHIN, async () => (await qemusOn(sandbox, 'east1', GUEST)) === 0);
      for (const node of NODES) await daemons.get(node)?.kill();
      await sandbox.run('east1', ['sh', '-c', 'rm -rf /var/lib/drover']);
      await sandbox.run('east2', ['sh', '-c', 'rm -rf /var/lib/drover']);
      await sandbox.run('east1', ['sh', '-c', 'cat > /run/sandbox/fixture.json'], {
        input: adopted(sandbox.cluster('east')),
      });
      await byKeys(sandbox, GUEST, 'restore', '/run/sandbox/fixture.json');
      await startGuest(sandbox, 'east1', GUEST);
      last = await waitForRecord(sandbox, GUEST, last + 10);
      for (const node of NODES) await begin(node);
      await until('it to be held where it runs', WITHIN, () => runsOn('east1'));
      last = await waitForRecord(sandbox, GUEST, last + 20);
      t.equal(await bootsOf(sandbox, GUEST), 2, 'it was not started again');
      t.equal(await tryRead('/cmd/domains'), '', 'keys of an older schema are left alone');
      await byKeys(sandbox, GUEST, 'migrate', 'east2');
      await waitForRecord(sandbox, GUEST, last + 20);
      await byKeys(sandbox, GUEST, 'shutdown');
      const disk = chainOfDisk(await readImage(sandbox, 'east', GUEST.name));
      t.same(
        compareChains(disk, await readConsole(sandbox, GUEST)),
        [],
        'the hash chain of the guest is whole',
      );
    });

    /** The recorded tree, with the guest of this sandbox in the place of its VM, on a node of this name. */
    function adopted(cluster: ReturnType<typeof sandbox.cluster>): string {
      const tree = JSON.parse(readFileSync(FIXTURE, 'utf8')) as Record<string, string>;
      const entries = Object.entries(tree).map(([path, value]) => [
        path.replace('/nodes/pv1', '/nodes/east1'),
        value,
      ]);
      const moved = Object.fromEntries(entries) as Record<string, string>;
      const vm = `/domains/${GUEST.uuid}`;
      return JSON.stringify({
        ...moved,
        '/config/primary_node': 'east1',
        [vm]: GUEST.name,
        [`${vm}/xml`]: guestXml(cluster, GUEST),
        [`${vm}/node`]: 'east1',
        [`${vm}/state`]: 'start',
        [`${vm}/rbdlist`]: `vms/${GUEST.name}`,
      });
    }
  },
);
