import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { keepCapabilities, recallCapabilities } from '../../../sandbox/capabilities.js';

const cacheOf = (directory: string, node: string) =>
  join(directory, 'nodes', node, 'var/cache/libvirt/qemu/capabilities');

void t.test('nodes that come up at once keep one whole set of what they found out', async (t) => {
  const checkout = t.testdir({ 'package.json': '{}' });
  const kept = join(checkout, 'kept');
  const nodes = Array.from({ length: 8 }, (_, index) => `n${index}`);
  for (const node of nodes) {
    await mkdir(cacheOf(checkout, node), { recursive: true });
    await writeFile(join(cacheOf(checkout, node), 'qemu.xml'), 'found');
  }
  await t.resolves(Promise.all(nodes.map((node) => keepCapabilities(checkout, node, kept))));
  await recallCapabilities(checkout, 'later', kept);
  t.ok(existsSync(join(cacheOf(checkout, 'later'), 'qemu.xml')), 'a later node is given it');
  t.same(
    (await readdir(checkout)).filter((name) => name.startsWith('kept')),
    ['kept'],
    'nothing else stays',
  );
});

void t.test('libvirtd takes its files away meanwhile: nothing is kept, nothing fails', async (t) => {
  const checkout = t.testdir({});
  const kept = join(checkout, 'kept');
  await mkdir(cacheOf(checkout, 'n1'), { recursive: true });
  await keepCapabilities(checkout, 'n1', kept);
  t.notOk(existsSync(kept), 'an empty cache');
  await rm(cacheOf(checkout, 'n1'), { recursive: true });
  await keepCapabilities(checkout, 'n1', kept);
  t.notOk(existsSync(kept), 'no cache');
});
