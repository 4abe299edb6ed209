import { createInterface } from 'node:readline';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import {
  byKeys,
  chainOfDisk,
  compareChains,
  Droverd,
  type Guest,
  makeGuestDisk,
  readConsole,
  readImage,
  type Sandbox,
  until,
  waitForRecord,
} from '../../sandbox/index.js';
import { bootsOf, qemusOn } from '../support/guest-life.js';
import { withSandbox } from '../support/sandbox.js';
import { scale } from '../support/scale.js';

const WRITER = fileURLToPath(new URL('../../../test/fixtures/programs/hostile-writer.py', import.meta.url));
const GUEST: Guest = { name: 'vm1', uuid: '00000001-0000-4000-8000-000000000001', cluster: 'east' };
const SEED = 20261127;
const WITHIN = { limitMs: 120_000 };
/** What a daemon may hold more after it than before: its buffers grow, and a leak of each deed would show. */
const MORE_MIB = 80;

/** Resident memory of the daemon on a node, in MiB. */
async function memoryOf(sandbox: Sandbox, node: string): Promise<number> {
  const script = `for p in /proc/[0-9]*; do grep -aq 'daemon/main.js' $p/cmdline 2>/dev/null && grep VmRSS $p/status; done`;
  const { stdout } = await sandbox.run(node, ['sh', '-c', `${script}; true`]);
  return Math.max(...[...stdout.matchAll(/VmRSS:\s+(\d+)/g)].map(([, kib]) => Number(kib) / 1024));
}

void t.test(
  'I1 I8: a hostile writer loses nothing, doubles nothing, and each of its problems is a fault',
  { timeout: 600_000 },
  async (t) => {
    const sandbox = await withSandbox(t, {
      clusters: [{ name: 'east', nodes: 2, zookeeper: 1, ceph: true, mgr: false }],
    });
    await makeGuestDisk(sandbox, 'east', GUEST.name);
    const daemons = new Map<string, Droverd>();
    t.teardown(async () => {
      for (const daemon of daemons.values()) {
        if (!t.passing()) t.comment(daemon.node, daemon.tail(40));
        await daemon.kill();
      }
    });
    for (const node of ['east1', 'east2']) daemons.set(node, await Droverd.start(sandbox, node));
    await byKeys(sandbox, GUEST, 'define', 'east1');
    await byKeys(sandbox, GUEST, 'start', 'east1');
    const before = await waitForRecord(sandbox, GUEST, 10);
    const memory = await memoryOf(sandbox, 'east1');
    const seconds = scale({ regular: 15, all: 60 });
    t.comment(`sample: ${seconds} s of deeds from seed ${SEED}`);

    const { connect } = sandbox.cluster('east');
    const writer = sandbox.inside.spawn(
      'east2',
      [
        '/usr/bin/python3',
        '-c',
        readFileSync(WRITER, 'utf8'),
        connect,
        GUEST.uuid,
        'east1',
        String(seconds),
        String(SEED),
      ],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    const said: string[] = [];
    if (writer.stdout !== null)
      createInterface({ input: writer.stdout }).on('line', (line) => said.push(line));
    const saying = (text: string) =>
      until(`the writer to say "${text}"`, WITHIN, () =>
        Promise.resolve(said.some((line) => line.startsWith(text))),
      );
    await saying('done:');
    t.ok(said.length > 50, `${said.length} deeds`);
    t.equal(await qemusOn(sandbox, 'east1', GUEST), 1, 'it runs where it ran');
    t.equal(await qemusOn(sandbox, 'east2', GUEST), 0);
    await until('a fault that names a key of the VM', WITHIN, async () => {
      const found = await faults(sandbox);
      return found.some((id) => id.startsWith(`KEY_UNREADABLE_DOMAINS_${GUEST.uuid}`));
    });

    writer.stdin?.write('\n');
    await saying('put back');
    await until('the faults of the keys to be over', WITHIN, async () => {
      const found = await faults(sandbox);
      return !found.some((id) => id.startsWith('KEY_UNREADABLE_'));
    });
    await waitForRecord(sandbox, GUEST, before + 20);
    t.equal(await bootsOf(sandbox, GUEST), 1, 'it was never started again');
    for (const daemon of daemons.values()) t.equal(daemon.code, null, `the daemon of ${daemon.node} is up`);
    const more = (await memoryOf(sandbox, 'east1')) - memory;
    t.ok(more < MORE_MIB, `${more.toFixed(0)} MiB more than before`);

    await byKeys(sandbox, GUEST, 'migrate', 'east2');
    await byKeys(sandbox, GUEST, 'shutdown');
    const disk = chainOfDisk(await readImage(sandbox, 'east', GUEST.name));
    t.same(
      compareChains(disk, await readConsole(sandbox, GUEST)),
      [],
      'the hash chain of the guest is whole',
    );
  },
);

async function faults(sandbox: Sandbox): Promise<readonly string[]> {
  const { stdout } = await byKeys(sandbox, GUEST, 'list', '/faults');
  return stdout.split('\n').filter((line) => line !== '');
}
