import fc from 'fast-check';
import t from 'tap';
import { SILENT } from '../../../lib/core/index.js';
import { Memory, zxidOf } from '../../../lib/ownership/index.js';
import { SimFiles } from '../../../lib/sim/index.js';
import { Disk } from '../../support/ownership-world.js';

const PATH = '/var/lib/drover/memory.json';
const ID = 'a65d3d7c-a1ba-4f05-8dbc-d994b425886e';
const SEEN = { cluster: ID, incarnation: 3, epoch: 12, zxid: '0x100', nodes: ['hv1', 'hv2'] };

void t.test('what is noted is there for the next daemon', async (t) => {
  const files = new SimFiles();
  const memory = await Memory.load(files, PATH, SILENT);
  t.same(memory.remembered, { incarnation: 0, epoch: 0, zxid: '0x0', nodes: [] });
  await memory.note(SEEN);
  t.same((await Memory.load(files, PATH, SILENT)).remembered, SEEN);
});

void t.test('numbers never fall and nodes are never forgotten', async (t) => {
  const seen = fc.record({
    incarnation: fc.nat(50),
    epoch: fc.nat(50),
    zxid: fc.bigInt(0n, 1n << 63n).map((zxid) => `0x${zxid.toString(16)}`),
    nodes: fc.array(fc.constantFrom('hv1', 'hv2', 'hv3')),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(seen, { maxLength: 8 }), async (list) => {
      const memory = await Memory.load(new SimFiles(), PATH, SILENT);
      for (const one of list) {
        const before = memory.remembered;
        await memory.note(one);
        const { incarnation, epoch, zxid, nodes } = memory.remembered;
        t.ok(incarnation >= Math.max(before.incarnation, one.incarnation));
        t.ok(epoch >= Math.max(before.epoch, one.epoch));
        t.ok(zxidOf(zxid) >= zxidOf(before.zxid) && zxidOf(zxid) >= zxidOf(one.zxid));
        t.ok([...before.nodes, ...one.nodes].every((node) => nodes.includes(node)));
      }
    }),
    { numRuns: 30 },
  );
});

void t.test('notes at once all count', async (t) => {
  const files = new SimFiles();
  const memory = await Memory.load(files, PATH, SILENT);
  await Promise.all([
    memory.note({ epoch: 5 }),
    memory.note({ zxid: '0x7' }),
    memory.note({ nodes: ['hv3'] }),
  ]);
  t.match((await Memory.load(files, PATH, SILENT)).remembered, { epoch: 5, zxid: '0x7', nodes: ['hv3'] });
});

void t.test(
  'after a census the lower numbers of its tree are taken over, and no node is forgotten',
  async (t) => {
    const memory = await Memory.load(new SimFiles(), PATH, SILENT);
    await memory.note(SEEN);
    const tree = { cluster: ID, incarnation: 4, epoch: 2, zxid: '0x9', nodes: ['hv3'] };
    await memory.adopt(tree);
    t.same(memory.remembered, { ...tree, nodes: ['hv1', 'hv2', 'hv3'] });
  },
);

void t.test('what could not be written is not remembered, and the next write goes through', async (t) => {
  const files = new Disk();
  const memory = await Memory.load(files, PATH, SILENT);
  files.full = true;
  await t.rejects(memory.note(SEEN), { code: 'FILE_FAILED' });
  t.equal(memory.remembered.epoch, 0, 'the disk does not say so, so nobody may believe it');
  await t.rejects(memory.note(SEEN), { code: 'FILE_FAILED' }, 'asked again it fails again');
  files.full = false;
  await memory.note(SEEN);
  t.same((await Memory.load(files, PATH, SILENT)).remembered, SEEN);
});

void t.test('a damaged file is set aside and told, never trusted', async (t) => {
  for (const text of ['', '{', '{"v":1}', '{"v":9,"remembered":{}}', '{"v":1,"remembered":{"epoch":-1}}']) {
    const files = new SimFiles();
    await files.replace(PATH, text);
    const told: string[] = [];
    const log = { ...SILENT, warn: (_: object, message: string) => void told.push(message) };
    const memory = await Memory.load(files, PATH, log);
    t.equal(memory.remembered.incarnation, 0);
    t.equal(new TextDecoder().decode(await files.read(`${PATH}.damaged`)), text);
    t.equal(told.length, 1);
  }
});
