import { fileURLToPath } from 'node:url';
import t from 'tap';
import {
  Droverd,
  type Guest,
  guestXml,
  makeGuestDisk,
  type Sandbox,
  waitForRecord,
} from '../../sandbox/index.js';
import { withSandbox } from '../support/sandbox.js';

const PROGRAM = fileURLToPath(new URL('../../cli/main.js', import.meta.url));
const GUEST: Guest = { name: 'vm1', uuid: '00000001-0000-4000-8000-000000000001', cluster: 'east' };

/** Runs `drover` on a node, as its administrator: `local` is all that it knows. */
async function drover(sandbox: Sandbox, node: string, ...args: string[]) {
  const command = ['env', 'HOME=/root', process.execPath, PROGRAM, ...args];
  return await sandbox.run(node, command, { limitMs: 180_000, okCodes: [0, 1, 2, 3, 4] });
}

/** Asks until the API answers, and names another primary than the former one. */
async function served(sandbox: Sandbox, node: string, former?: string): Promise<string> {
  for (;;) {
    const { code, stdout } = await drover(sandbox, node, 'status', '-f', 'json');
    const { primary_node: primary } = code === 0 ? (JSON.parse(stdout) as { primary_node: string }) : {};
    if (primary !== undefined && primary !== '' && primary !== former) return primary;
  }
}

void t.test(
  'a VM is defined, started, moved, stopped and removed by the command; the API outlives its primary',
  { timeout: 600_000 },
  async (t) => {
    const sandbox = await withSandbox(t, {
      clusters: [{ name: 'east', nodes: 2, zookeeper: 1, ceph: true, mgr: false }],
    });
    await makeGuestDisk(sandbox, 'east', GUEST.name);
    const daemons = new Map<string, Droverd>();
    t.teardown(async () => {
      for (const daemon of daemons.values()) await daemon.kill();
    });
    for (const node of ['east1', 'east2'])
      daemons.set(node, await Droverd.start(sandbox, node, { api: true }));

    const first = await served(sandbox, 'east1');
    const does = async (...args: string[]) => {
      const { code, stdout, stderr } = await drover(sandbox, 'east1', ...args);
      t.equal(code, 0, `${args.join(' ')}: ${stdout}${stderr}`);
      return stdout;
    };
    await sandbox.run('east1', ['sh', '-c', 'cat > /tmp/vm1.xml'], {
      input: guestXml(sandbox.cluster('east'), GUEST),
    });

    await does('vm', 'define', '/tmp/vm1.xml', '-t', 'east1', '-g', 'test');
    t.equal(await does('vm', 'list', '-f', 'raw'), 'vm1\n');
    await does('vm', 'start', 'vm1', '--wait');
    t.match(await sandbox.virsh('east1', 'list', '--uuid'), GUEST.uuid);
    t.match(await does('vm', 'list'), /vm1 +start +east1/);
    const before = await waitForRecord(sandbox, GUEST, 5);
    const again = await drover(sandbox, 'east1', 'vm', 'define', '/tmp/vm1.xml');
    t.equal(again.code, 1, 'a name that is taken');
    const refused = await drover(sandbox, 'east1', 'vm', 'migrate', 'vm1', '-t', 'east2');
    t.match(refused, { code: 1, stderr: /east2 takes no VMs/ }, 'a fresh node is flushed');
    await does('vm', 'migrate', 'vm1', '-t', 'east2', '--force', '--wait');
    t.match(await sandbox.virsh('east2', 'list', '--uuid'), GUEST.uuid);
    await waitForRecord(sandbox, GUEST, before + 5);

    await daemons.get(first)?.kill();
    daemons.delete(first);
    const second = first === 'east1' ? 'east2' : 'east1';
    t.equal(await served(sandbox, first, first), second, 'found from the node whose daemon is dead');

    if (first === 'east2') daemons.set(first, await Droverd.start(sandbox, first, { api: true }));
    await does('vm', 'stop', 'vm1', '-y', '--wait');
    t.notMatch(await sandbox.virsh('east2', 'list', '--all', '--uuid'), GUEST.uuid);
    await does('vm', 'remove', 'vm1', '-y');
    t.equal(await does('vm', 'list', '-f', 'json'), '[]\n');
  },
);
