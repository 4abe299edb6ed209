import t from 'tap';
import { fileURLToPath } from 'node:url';
import { byKeys, Droverd, type Guest, type Sandbox, until } from '../../sandbox/index.js';
import { withSandbox } from '../support/sandbox.js';

const PROGRAM = fileURLToPath(new URL('../../cli/main.js', import.meta.url));
const GUEST: Guest = { name: 'vm1', uuid: '00000001-0000-4000-8000-000000000001', cluster: 'east' };
const WITHIN = { limitMs: 60_000 };
const NODES = ['east1', 'east2'] as const;

/** The primary, by the answer of the API on `node`; undefined while there is none. */
async function primaryOf(sandbox: Sandbox, node: string): Promise<string | undefined> {
  const command = ['env', 'HOME=/root', process.execPath, PROGRAM, 'status', '-f', 'json'];
  const { code, stdout } = await sandbox.run(node, command, { limitMs: 60_000, okCodes: [0, 1, 2, 3, 4] });
  return code === 0 ? (JSON.parse(stdout) as { primary_node: string }).primary_node : undefined;
}

/** Waits until the API of `expected`, or of any node, answers and names that node as the primary. */
async function served(sandbox: Sandbox, expected?: string): Promise<string> {
  let primary: string | undefined;
  await until(`the API of ${expected ?? 'a primary'}`, WITHIN, async () => {
    for (const node of expected === undefined ? NODES : [expected]) {
      primary = await primaryOf(sandbox, node);
      if (primary === node) return true;
    }
    return false;
  });
  return primary ?? '';
}

void t.test(
  'I5 N45: whichever process of a node dies, tasks end once and the API answers',
  { timeout: 400_000 },
  async (t) => {
    const sandbox = await withSandbox(t, {
      clusters: [{ name: 'east', nodes: 2, zookeeper: 1, ceph: false, mgr: false }],
    });
    const daemons = new Map<string, Droverd>();
    t.teardown(async () => {
      for (const daemon of daemons.values()) {
        if (!t.passing()) t.comment(daemon.node, daemon.tail());
        await daemon.kill();
      }
    });
    for (const node of NODES) daemons.set(node, await Droverd.start(sandbox, node, { api: true }));
    const first = await served(sandbox);
    const [other = ''] = NODES.filter((node) => node !== first);

    await t.test('both workers are killed in the middle of a task: another attempt ends it', async (t) => {
      const task = byKeys(sandbox, GUEST, 'task', 'probe-killed', '8');
      await until('the task to run', WITHIN, () =>
        Promise.resolve(
          [...daemons.values()].some(({ lines }) => lines.some(({ task: id }) => id === 'probe-killed')),
        ),
      );
      for (const node of NODES) await sandbox.faults.signalProcess(node, 'worker-main', 'KILL');
      const { stdout } = await task;
      t.match(stdout, /task: done/);
      t.equal(stdout.match(/task: done/g)?.length, 1);
      t.match(stdout, /"attempt": 2/);
    });

    await t.test('the API is killed: the primary stays, and serves it again', async (t) => {
      await sandbox.faults.signalProcess(first, 'api-main', 'KILL');
      t.equal(await served(sandbox, first), first);
    });

    await t.test(
      'SIGHUP: the file is read again, and what follows it begins anew; a broken file changes nothing',
      async (t) => {
        const daemon = daemons.get(first);
        const said = (text: string) =>
          until(`${first} to say "${text}"`, WITHIN, () =>
            Promise.resolve(daemon?.lines.some(({ msg }) => msg === text) ?? false),
          );
        await daemon?.tell('HUP');
        await said('the configuration was read again');
        await said('the worker ends');
        t.equal(await served(sandbox, first), first, 'the API is served again');
        const file = Droverd.CONFIG;
        await sandbox.run(first, ['sh', '-c', `cp ${file} ${file}.good; echo 'cluster: [' >> ${file}`]);
        await daemon?.tell('HUP');
        await said('the configuration stays as it was');
        await sandbox.faults.signalProcess(first, 'api-main', 'KILL');
        await said('a companion has ended and is started again');
        await sandbox.run(first, ['mv', `${file}.good`, file]);
        t.equal(await served(sandbox, first), first, 'a companion is told what was last found sound');
      },
    );

    await t.test('a program writes a name into /config/primary_node: that node leads', async (t) => {
      await byKeys(sandbox, GUEST, 'primary', other);
      t.equal(await served(sandbox, other), other);
    });

    await t.test('it writes a node that cannot lead: refused, and told', async (t) => {
      await byKeys(sandbox, GUEST, 'primary', 'east9', other);
      t.equal(await served(sandbox, other), other);
      t.ok(daemons.get(other)?.lines.some(({ msg, wanted }) => wanted === 'east9' && /refused/.test(msg)));
    });

    await t.test(
      'the primary is stopped: the other leads, and the tree says that its daemon has stopped',
      async (t) => {
        await daemons.get(other)?.stop();
        t.equal(await served(sandbox, first), first);
        const { stdout } = await byKeys(sandbox, GUEST, 'read', `/nodes/${other}/daemonstate`);
        t.match(stdout, /stop/);
        t.equal(daemons.get(other)?.code, 0);
      },
    );
  },
);
