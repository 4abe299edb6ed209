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
  until,
  waitForRecord,
} from '../../sandbox/index.js';
import { withSandbox } from '../support/sandbox.js';

const PROGRAM = fileURLToPath(new URL('../../cli/main.js', import.meta.url));
const guest = (n: number): Guest => ({
  name: `vm${n}`,
  uuid: `0000000${n}-0000-4000-8000-000000000001`,
  cluster: 'east',
});
const [MOVER, SITTER] = [guest(1), guest(2)];

void t.test(
  'N22 N30: a node is flushed and made ready again by the command, under guests that write',
  { timeout: 500_000 },
  async (t) => {
    const sandbox = await withSandbox(t, {
      clusters: [{ name: 'east', nodes: 2, zookeeper: 1, ceph: true, mgr: false }],
    });
    const daemons: Droverd[] = [];
    t.teardown(async () => {
      for (const daemon of daemons) {
        if (!t.passing()) t.comment(daemon.node, daemon.tail());
        await daemon.kill();
      }
    });
    for (const node of ['east1', 'east2']) daemons.push(await Droverd.start(sandbox, node, { api: true }));
    const drover = (...args: string[]) =>
      sandbox.run('east1', ['env', 'HOME=/root', process.execPath, PROGRAM, ...args], {
        limitMs: 180_000,
        okCodes: [0, 1, 2, 3, 4],
      });
    const does = async (...args: string[]) => {
      const { code, stdout, stderr } = await drover(...args);
      t.equal(code, 0, `${args.join(' ')}: ${stdout}${stderr}`);
      return stdout;
    };
    await until('the API', { limitMs: 60_000 }, async () => (await drover('status')).code === 0);
    await does('node', 'ready', 'east1', '--wait');
    await does('node', 'ready', 'east2', '--wait');
    for (const one of [MOVER, SITTER]) {
      await makeGuestDisk(sandbox, 'east', one.name);
      await sandbox.run('east1', ['sh', '-c', 'cat > /tmp/vm.xml'], {
        input: guestXml(sandbox.cluster('east'), one),
      });
      await does('vm', 'define', '/tmp/vm.xml', '-t', 'east1');
    }
    await does('vm', 'start', MOVER.name, '--wait');
    const running = (node: string) => sandbox.virsh(node, 'list', '--uuid');
    const before = await waitForRecord(sandbox, MOVER, 10);

    await t.test('flush: what runs goes, what does not run stays', async (t) => {
      t.match(await does('node', 'flush', 'east1', '--wait'), /flushed/);
      t.notMatch(await running('east1'), MOVER.uuid);
      t.match(await running('east2'), MOVER.uuid);
      t.match((await byKeys(sandbox, SITTER, 'read', `/domains/${SITTER.uuid}/node`)).stdout, /east1/);
      t.match((await byKeys(sandbox, SITTER, 'read', `/domains/${SITTER.uuid}/state`)).stdout, /stop/);
      await waitForRecord(sandbox, MOVER, before + 20);
    });

    await t.test(
      'a node without a target keeps its guests running, and the operator can take it back',
      async (t) => {
        await byKeys(sandbox, MOVER, 'write', '/nodes/east2/domainstate', 'flush');
        await until('the flush to say that nothing can go', { limitMs: 60_000 }, () =>
          Promise.resolve(
            daemons[1]?.lines.some(({ msg }) => /^flush: no other node takes.*vm1/.test(msg)) ?? false,
          ),
        );
        t.match(await running('east2'), MOVER.uuid);
        await byKeys(sandbox, MOVER, 'flush', 'east2', 'unflush');
      },
    );

    await t.test('ready: it comes home', async (t) => {
      await does('node', 'ready', 'east1', '--wait');
      t.match(await running('east1'), MOVER.uuid);
      t.notMatch(await running('east2'), MOVER.uuid);
      await waitForRecord(sandbox, MOVER, before + 40);
      t.equal((await readConsole(sandbox, MOVER)).boots.length, 1, 'it moved live, there and back');
    });

    await t.test('restart and disable', async (t) => {
      await does('vm', 'restart', MOVER.name, '-y', '--wait');
      const boots = async () => (await readConsole(sandbox, MOVER)).boots.length;
      await until('the guest to boot again', { limitMs: 120_000 }, async () => (await boots()) === 2);
      await waitForRecord(sandbox, MOVER, (await waitForRecord(sandbox, MOVER, 0)) + 10);
      await does('vm', 'disable', MOVER.name, '-y', '--wait');
      t.notMatch(await running('east1'), MOVER.uuid);
      t.match((await byKeys(sandbox, MOVER, 'read', `/domains/${MOVER.uuid}/state`)).stdout, /disable/);
      const disk = chainOfDisk(await readImage(sandbox, 'east', MOVER.name));
      t.same(
        compareChains(disk, await readConsole(sandbox, MOVER)),
        [],
        'the hash chain of the guest is whole',
      );
    });
  },
);
