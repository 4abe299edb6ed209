import { createHash } from 'node:crypto';
import t from 'tap';
import { Droverd, readImage, until } from '../../sandbox/index.js';
import { does, drover, served } from '../support/drover-command.js';
import { withSandbox } from '../support/sandbox.js';

const NODE = 'east1';
const LONG = { limitMs: 180_000 };

const sandbox = await withSandbox(t, {
  clusters: [{ name: 'east', nodes: 1, zookeeper: 1, ceph: true, mgr: true }],
});
let daemon = await Droverd.start(sandbox, NODE, { api: true });
t.teardown(() => daemon.kill());
await served(sandbox, NODE);

const hashOf = async (image: string) =>
  createHash('sha256')
    .update(await readImage(sandbox, 'east', image))
    .digest('hex');
const names = async () => (await sandbox.rbd('east', 'ls', 'vms')).split('\n').filter(Boolean).sort();

/** Fills a volume with bytes that are never the same. */
async function fill(volume: string, size: string): Promise<void> {
  const words = ['--io-type', 'write', '--io-size', '1M', '--io-total', size, '--io-pattern', 'seq'];
  await sandbox.rbd('east', 'bench', ...words, `vms/${volume}`);
}

void t.test('M14: made, cloned, grown, thrown away and brought back, to the byte', async (t) => {
  await does(t, sandbox, NODE, 'storage', 'volume', 'scan', 'vms');
  await does(t, sandbox, NODE, 'storage', 'volume', 'add', 'vms', 'data', '67108865');
  await fill('data', '32M');
  const hash = await hashOf('data');
  await does(t, sandbox, NODE, 'storage', 'volume', 'clone', 'vms', 'data', 'copy');
  t.equal(await hashOf('copy'), hash, 'the copy has the same bytes');
  await does(t, sandbox, NODE, 'storage', 'volume', 'resize', 'vms', 'copy', '67109377', '-y');
  const info = await sandbox.rbd('east', 'info', '--format', 'json', 'vms/copy');
  t.match(JSON.parse(info), { size: 67_109_377 });
  const shrunk = await drover(sandbox, NODE, 'storage', 'volume', 'resize', 'vms', 'copy', '1M', '-y');
  t.match(shrunk, { code: 1, stderr: /never shrinks/ });
  const full = await drover(sandbox, NODE, 'storage', 'volume', 'add', 'vms', 'big', '900G');
  t.match(full, { code: 1, stderr: /does not fit/ });

  const said = await does(t, sandbox, NODE, 'storage', 'volume', 'remove', 'vms', 'data', '-y');
  const id = /as image ([0-9a-f]+)/.exec(said)?.[1] ?? '';
  t.same(await names(), ['copy']);
  t.notMatch(await does(t, sandbox, NODE, 'storage', 'volume', 'list', '-f', 'raw'), 'vms/data');
  await does(t, sandbox, NODE, 'storage', 'volume', 'purge', '-y');
  await does(t, sandbox, NODE, 'storage', 'volume', 'restore', 'vms', id);
  t.equal(await hashOf('data'), hash, 'it is back, with its bytes');
  t.match(await does(t, sandbox, NODE, 'storage', 'volume', 'list', '-f', 'raw'), 'vms/data');
});

void t.test(
  'I6: the daemon is killed in the middle of a copy, and the next one makes it whole',
  async (t) => {
    await does(t, sandbox, NODE, 'storage', 'volume', 'add', 'vms', 'large', '320M');
    await fill('large', '320M');
    const asked = drover(sandbox, NODE, 'storage', 'volume', 'clone', 'vms', 'large', 'twin');
    await until('the copy to begin', LONG, async () =>
      (await names()).some((name) => /stage|twin/.test(name)),
    );
    await daemon.kill();
    t.comment(`the daemon was killed with these images there: ${(await names()).join(' ')}`);
    await asked;
    daemon = await Droverd.start(sandbox, NODE, { api: true });
    await until('the copy', LONG, async () => {
      const all = await names();
      return all.includes('twin') && !all.some((name) => name.startsWith('drover-stage'));
    });
    t.equal(await hashOf('twin'), await hashOf('large'));
    t.same(await names(), ['copy', 'data', 'large', 'twin'], 'nothing else is left');
  },
);
