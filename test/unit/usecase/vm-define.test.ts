import t from 'tap';
import { isDroverError } from '../../../lib/core/index.js';
import { readDefinition } from '../../../lib/usecase/definition.js';
import {
  clusterWith,
  DB,
  definitionOf,
  runOf,
  UseCaseWorldOfTest,
  WEB,
} from '../../support/use-case-world.js';

const NEW = { node: undefined, force: false, meta: {}, tags: [] } as const;

void t.test('a VM is defined in one transaction, its volumes from its definition', async (t) => {
  const world = await UseCaseWorldOfTest.open(clusterWith());
  const xml = definitionOf(DB, 'db', 'vms/db_sda');
  await world.run(
    world.useCases.vms.define(world.asked(), {
      xml,
      node: 'pv2',
      force: false,
      meta: { nodeLimit: ['pv2', 'pv3'], autostart: true },
      tags: [{ name: 'gold', protected: true }],
    }),
  );
  const texts = async (...keys: string[]) =>
    await Promise.all(keys.map((key) => world.text(`/domains/${DB}${key}`)));
  t.same(
    await texts('', '/xml', '/state', '/node', '/rbdlist', '/node_limit', '/node_autostart', '/profile'),
    ['db', xml, 'stop', 'pv2', 'vms/db_sda', 'pv2,pv3', 'True', 'None'],
  );
  t.same(await texts('/tags/gold', '/tags/gold/type', '/tags/gold/protected'), ['gold', 'user', 'True']);
});

void t.test('without a node the best one is chosen, by its own selector', async (t) => {
  const world = await UseCaseWorldOfTest.open(
    clusterWith({}, { '/nodes/pv2/domainscount': '1', '/config/migration_target_selector': 'mem' }),
  );
  const define = (uuid: string, name: string, meta: object) =>
    world.run(world.useCases.vms.define(world.asked(), { ...NEW, xml: definitionOf(uuid, name), meta }));
  await define(DB, 'db', {});
  t.equal(await world.text(`/domains/${DB}/node`), 'pv3', 'most memory');
  const third = '00000003-0000-4000-8000-000000000003';
  await define(third, 'third', { nodeSelector: 'vms' });
  t.equal(await world.text(`/domains/${third}/node`), 'pv2', 'fewest VMs');
});

void t.test('a name or a UUID that is taken, a node that is not there: nothing is written', async (t) => {
  const world = await UseCaseWorldOfTest.open(clusterWith());
  const define = (xml: string, node?: string, nodeLimit: string[] = []) =>
    world.run(world.useCases.vms.define(world.asked(), { ...NEW, xml, node, meta: { nodeLimit } }));
  await t.rejects(define(definitionOf(DB, 'web')), { code: 'REFUSED', reason: /this name/ });
  await t.rejects(define(definitionOf(WEB, 'db')), { code: 'REFUSED', reason: /UUID/ });
  await t.rejects(define(definitionOf(DB, 'db'), 'pv9'), { code: 'NOT_FOUND' });
  await t.rejects(define(definitionOf(DB, 'db'), undefined, ['pv9']), { code: 'NOT_FOUND' });
  await t.rejects(define(definitionOf(DB, 'db'), 'pv1', ['pv2']), { code: 'REFUSED' });
  t.equal(await world.text(`/domains/${DB}`), undefined);
});

void t.test('a lost reply to a definition is told from a name that was taken before', async (t) => {
  const world = await UseCaseWorldOfTest.open(clusterWith());
  world.service.loseNextReply(world.store, { applied: true });
  const said = world.useCases.vms.define(world.asked(), { ...NEW, xml: definitionOf(DB, 'db') });
  t.match(await world.run(said), /is defined/);
  t.equal(await world.version(`/domains/${DB}/state`), 0);
});

void t.test('definitions that cannot be are refused by what is wrong with them', (t) => {
  const good = definitionOf(DB, 'db');
  t.same(readDefinition(good), { uuid: DB, name: 'db', volumes: [{ pool: 'vms', volume: 'db_sda' }] });
  const wrong: readonly (readonly [string, string])[] = [
    ['<domain>', 'no XML'],
    ['<network/>', 'another root'],
    [good.replace(/<uuid>.*<\/uuid>/, ''), 'no UUID'],
    [good.replace(DB, 'x'), 'no UUID in it'],
    [good.replace(/<name>.*<\/name>/, '<name> </name>'), 'no name'],
    [good.replace('>db<', '>a/b<'), 'a name with a slash'],
    [good.replace('vms/db_sda', 'db_sda'), 'an image without a pool'],
  ];
  for (const [xml, what] of wrong) {
    let code: unknown;
    try {
      readDefinition(xml);
    } catch (error) {
      code = isDroverError(error) ? error.code : error;
    }
    t.equal(code, 'BAD_INPUT', what);
  }
  t.end();
});

void t.test(
  'a new definition of a running VM restarts it in the same transaction, when asked to',
  async (t) => {
    const world = await UseCaseWorldOfTest.open(clusterWith({ '/state': 'start' }));
    const { vms } = world.useCases;
    const xml = definitionOf(WEB, 'web', 'vms/web_new');
    await world.run(vms.modify(world.asked(), 'web', { xml, restart: true }));
    t.equal(await world.text(`/domains/${WEB}/xml`), xml);
    t.equal(await world.text(`/domains/${WEB}/rbdlist`), 'vms/web_new');
    t.equal(await world.text(`/domains/${WEB}/state`), 'restart');
    const renamed = vms.modify(world.asked(), 'web', { xml: definitionOf(WEB, 'other'), restart: false });
    await t.rejects(world.run(renamed), { code: 'BAD_INPUT' });
  },
);

void t.test('N29: keys go only when the process is gone', async (t) => {
  const run = `/drover/runs/${WEB}`;
  const world = await UseCaseWorldOfTest.open({
    ...clusterWith({ '/state': 'start', '/tags/gold': 'gold', '/tags/gold/type': 'user' }),
    [run]: runOf('pv1'),
  });
  const waiting = world.useCases.vms.remove(world.asked(), 'web', { deleteDisks: false, force: false });
  await world.clock.advance(10_000);
  t.equal(await world.text(`/domains/${WEB}/state`), 'delete');
  await world.write({ [run]: runOf() });
  await world.run(waiting);
  t.equal(await world.text(`/domains/${WEB}`), undefined);
  t.equal(await world.text(run), undefined);
});

void t.test(
  'N29: a process that does not go keeps its keys, and the removal can be asked for again',
  async (t) => {
    const run = `/drover/runs/${WEB}`;
    const world = await UseCaseWorldOfTest.open({
      ...clusterWith({ '/state': 'start' }),
      [run]: runOf('pv1'),
    });
    const remove = () =>
      world.useCases.vms.remove(world.asked(), 'web', { deleteDisks: false, force: false });
    await t.rejects(world.run(remove(), 100_000), { code: 'DEADLINE' });
    t.equal(await world.text(`/domains/${WEB}`), 'web');
    await world.write({ [run]: runOf() });
    await world.run(remove());
    t.equal(await world.text(`/domains/${WEB}`), undefined);
  },
);

void t.test('a VM with more keys than one transaction takes is removed whole', async (t) => {
  const world = await UseCaseWorldOfTest.open(clusterWith());
  const names = Array.from({ length: 300 }, (_, index) => `t${index}`);
  for (let from = 0; from < names.length; from += 100)
    await world.write(
      Object.fromEntries(names.slice(from, from + 100).map((name) => [`/domains/${WEB}/tags/${name}`, name])),
    );
  for (let from = 0; from < names.length; from += 100)
    await world.write(
      Object.fromEntries(
        names.slice(from, from + 100).map((name) => [`/domains/${WEB}/tags/${name}/type`, 'user']),
      ),
    );
  await world.run(world.useCases.vms.remove(world.asked(), 'web', { deleteDisks: false, force: false }));
  t.equal(await world.text(`/domains/${WEB}`), undefined);
});

void t.test('what cannot be removed is refused before anything is wished', async (t) => {
  const world = await UseCaseWorldOfTest.open(clusterWith({ '/state': 'mirror' }));
  const remove = (deleteDisks: boolean, force: boolean) =>
    world.run(world.useCases.vms.remove(world.asked(), 'web', { deleteDisks, force }));
  await t.rejects(remove(false, false), { code: 'REFUSED' });
  t.equal(await world.text(`/domains/${WEB}/state`), 'mirror');
  await remove(false, true);
  t.equal(await world.text(`/domains/${WEB}`), undefined);
});

void t.test('a VM that an operation is at work on is not removed under it', async (t) => {
  const world = await UseCaseWorldOfTest.open(clusterWith());
  await world.write({ '/drover/proof': '' });
  const proof = await world.run(world.store.read('/drover/proof'));
  const slot = {
    slot: 'read',
    id: 't1',
    operation: 'vm.create_snapshot',
    node: 'pv1',
    proof: { path: '/drover/proof', czxid: `0x${(proof?.stat.czxid ?? 0n).toString(16)}` },
    since: 1,
  };
  await world.write({ [`/drover/ops/${WEB}`]: JSON.stringify({ v: 1, slots: [slot] }) });
  const remove = () =>
    world.run(world.useCases.vms.remove(world.asked(), 'web', { deleteDisks: false, force: true }));
  await t.rejects(remove(), { code: 'BUSY' });
  const dead = { ...slot, proof: { ...slot.proof, czxid: '0x1' } };
  await world.write({ [`/drover/ops/${WEB}`]: JSON.stringify({ v: 1, slots: [dead] }) });
  await remove();
  t.equal(await world.text(`/domains/${WEB}`), undefined);
});
