import t from 'tap';
import type { Write } from '../../../lib/ports/index.js';
import { bytesOf, GuardedStore, SCHEMA_FAULT } from '../../../lib/tree/index.js';
import { simWorld } from '../../support/sim-world.js';

const PATH = '/schema/version';
const create = (path: string, text = ''): Write => ({ op: 'create', path, data: bytesOf(text) });

/** A guarded store beside somebody who writes what he likes. */
async function open(version: string | undefined) {
  const world = simWorld('guarded store');
  const { store: other } = await world.client('other');
  const base = ['/schema', '/nodes', '/faults', '/drover', '/nodes/hv1'].map((path) => create(path));
  await world.settle(other.commit([...base, ...(version === undefined ? [] : [create(PATH, version)])]));
  const { store } = await world.client('daemon');
  const guarded = new GuardedStore(store);
  return {
    world,
    guarded,
    commit: (...writes: Write[]) => world.settle(guarded.commit(writes)),
    versionIs: async (text: string) => {
      const entry = await world.settle(other.read(PATH));
      await world.settle(
        other.commit([{ op: 'set', path: PATH, data: bytesOf(text), version: entry?.stat.version ?? 0 }]),
      );
      await world.clock.advance(1_000);
    },
    exists: async (path: string) =>
      (await world.settle(other.sync().then(() => other.read(path)))) !== undefined,
  };
}

void t.test('a tree of our schema is written', async (t) => {
  const { commit, exists } = await open('15');
  await commit(create('/nodes/hv1/keepalive', '1'));
  t.ok(await exists('/nodes/hv1/keepalive'));
});

void t.test('one of another schema, or with garbage for one, is only read', async (t) => {
  for (const version of ['16', '14', 'fifteen', '']) {
    const { world, guarded, commit, exists } = await open(version);
    for (const look of ['before the watch has told', 'after']) {
      const refused = commit(create('/drover/a'), create('/nodes/hv1/keepalive', '1'));
      await t.rejects(
        refused,
        { code: 'TREE_READ_ONLY', object: '/nodes/hv1/keepalive', reason: /\/schema\/version/ },
        `${version} ${look}`,
      );
      await world.clock.advance(1_000);
    }
    t.notOk(await exists('/drover/a'), 'nothing of the transaction');
    t.same((await world.settle(guarded.children('/nodes')))?.names, ['hv1']);
    await t.rejects(commit({ op: 'set', path: '/nodes/hv1', data: bytesOf('x'), version: 0 }), {
      code: 'TREE_READ_ONLY',
    });
    await t.rejects(commit({ op: 'delete', path: '/nodes/hv1', version: 0 }), { code: 'TREE_READ_ONLY' });
  }
});

void t.test('our own tree, checks, and the fault that says so are not held up', async (t) => {
  const { commit, exists } = await open('16');
  await commit({ op: 'check', path: '/nodes/hv1', version: 0 }, create('/drover/a'));
  const fault = `/faults/${SCHEMA_FAULT}`;
  await commit(create(fault), create(`${fault}/message`, 'it says so'));
  t.ok(await exists(`${fault}/message`));
  await t.rejects(commit(create(`${fault}_2`)), { code: 'TREE_READ_ONLY' });
  await t.rejects(commit(create('/droverx')), { code: 'TREE_READ_ONLY' });
});

void t.test('a tree that is not made yet may be', async (t) => {
  const { commit, exists } = await open(undefined);
  await commit(create(PATH, '15'), create('/config', 'alpha'));
  t.ok(await exists('/config'));
});

void t.test('a change of the schema is told, both ways, and heeded at once', async (t) => {
  const { world, guarded, commit, versionIs, exists } = await open('15');
  await world.clock.advance(1_000);
  const told: string[] = [];
  const watch = guarded.onSchema(() => told.push(guarded.schema.access));
  await versionIs('16');
  await versionIs('17');
  t.same(told, ['readonly']);
  t.match(guarded.schema, { access: 'readonly', problem: { path: PATH, found: 'schema 17' } });
  await t.rejects(commit(create('/nodes/hv1/keepalive', '1')), { code: 'TREE_READ_ONLY' });
  await versionIs('15');
  t.same(told, ['readonly', 'full']);
  await commit(create('/nodes/hv1/keepalive', '1'));
  t.ok(await exists('/nodes/hv1/keepalive'));
  watch.close();
  await versionIs('16');
  t.equal(told.length, 2);
});
