import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { directoryOf, removeSandbox, Sandbox, until } from '../../sandbox/index.js';
import { freshName, machineState, processesOf } from '../support/sandbox.js';

const TOOL = join(dirname(fileURLToPath(import.meta.url)), '../../sandbox/main.js');
const SMALL = ['--clusters', 'east', '--nodes', '1', '--no-mgr'];

function tool(name: string, ...words: string[]) {
  const child = spawn(process.execPath, [TOOL, '-n', name, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = createInterface({ input: child.stdout });
  const printed: string[] = [];
  lines.on('line', (line) => printed.push(line));
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => (complaint += text.toString()));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, complaint }));
  return { child, lines, printed, ended };
}

/** Files in the place of the sandboxes that carry the name. */
function filesOf(name: string): string[] {
  try {
    return readdirSync(dirname(directoryOf(name))).filter((file) => file.startsWith(name));
  } catch {
    return [];
  }
}

async function nothingLeft(
  t: { same(found: unknown, wanted: unknown, title: string): unknown },
  name: string,
): Promise<void> {
  await until(`the last file of ${name}`, { limitMs: 30_000 }, () =>
    Promise.resolve(filesOf(name).length === 0 && processesOf(name).length === 0),
  );
  t.same(processesOf(name), [], 'no process');
  t.same(filesOf(name), [], 'no file');
}

void t.test('up outlives the tool; down leaves no process, namespace, link, mount or file', async (t) => {
  const name = freshName();
  t.teardown(() => removeSandbox(directoryOf(name)));
  const before = machineState();
  t.match(await tool(name, 'up', ...SMALL).ended, { code: 0 });
  t.ok(processesOf(name).some((line) => /libvirtd/.test(line)));
  t.same(machineState(), before, 'nothing of it is visible while it runs');
  const again = await tool(name, 'up', ...SMALL).ended;
  t.equal(again.code, 1, 'a second one of the same name is refused');
  t.match(again.complaint, /up already/);
  const sandbox = await Sandbox.open(directoryOf(name));
  const { stdout } = await sandbox.run('east1', ['hostname']);
  t.equal(stdout, 'east1\n', 'another process can use it');
  t.match(await tool(name, 'down').ended, { code: 0 });
  t.same(processesOf(name), [], 'no process');
  t.same(filesOf(name), [], 'no file');
  t.same(machineState(), before);
});

void t.test('a tool killed in the middle of up leaves nothing, and up works after', async (t) => {
  const name = freshName();
  t.teardown(() => removeSandbox(directoryOf(name)));
  for (const [moment, signal] of [
    ['note', 'SIGKILL'],
    ['namespaces', 'SIGKILL'],
    ['ZooKeeper', 'SIGINT'],
    ['node', 'SIGKILL'],
  ] as const) {
    const { child, lines, ended } = tool(name, 'up', ...SMALL);
    const onLine = (line: string): void => {
      if (line.includes(moment)) child.kill(signal);
    };
    lines.on('line', onLine);
    const { code } = await ended;
    t.not(code, 0, `${signal} at "${moment}" came before the end`);
    await nothingLeft(t, name);
  }
  t.match(await tool(name, 'up', ...SMALL).ended, { code: 0 });
});

void t.test('a killed keeper takes all with it, and up clears its files away', async (t) => {
  const name = freshName();
  t.teardown(() => removeSandbox(directoryOf(name)));
  const bare = ['--clusters', 'east', '--nodes', '0', '--no-ceph'];
  t.match(await tool(name, 'up', ...bare).ended, { code: 0 });
  const keeper = processesOf(name).find((line) => line.includes('keeper.sh'));
  process.kill(Number(keeper?.split(' ')[0]), 'SIGKILL');
  await until('the last process', { limitMs: 10_000 }, () => Promise.resolve(processesOf(name).length === 0));
  await t.rejects(Sandbox.open(directoryOf(name)), { code: 'NOT_FOUND' });
  t.not(filesOf(name).length, 0);
  t.match(await tool(name, 'up', ...bare).ended, { code: 0 });
});

void t.test('two sandboxes run side by side with the same names and addresses', async (t) => {
  const names = [freshName(), freshName()];
  t.teardown(() => Promise.all(names.map((name) => removeSandbox(directoryOf(name)))));
  const bare = ['--clusters', 'east', '--nodes', '1', '--no-ceph'];
  const ends = await Promise.all(names.map((name) => tool(name, 'up', ...bare).ended));
  t.match(ends, [{ code: 0 }, { code: 0 }]);
  const [first, second] = await Promise.all(names.map((name) => Sandbox.open(directoryOf(name))));
  const boot = async (sandbox: Sandbox) =>
    (await sandbox.run('east1', ['cat', '/run/drover/boot-id'])).stdout;
  t.not(await boot(first!), await boot(second!));
  await first!.down();
  t.same(
    (await second!.status()).hosts.map(({ power }) => power).filter((power) => power !== undefined),
    ['on'],
  );
});
