import t from 'tap';
import type { Store } from '../../../lib/ports/index.js';
import { bytes, create, set, statesOf, textOf } from '../../contract/store-fixture.js';
import { isConnected, type SimWorld, simWorld } from '../../support/sim-world.js';

const SESSION_MS = 3_000;

async function suspended(world: SimWorld, store: Store): Promise<void> {
  await world.clock.runUntil(() => store.session().state === 'suspended', 10_000, 'suspended');
}

void t.test('a lost request is not applied, a lost reply is', async (t) => {
  for (const applied of [false, true]) {
    const world = simWorld(`lost ${applied}`);
    const { store } = await world.client('c');
    const { id } = store.session();
    world.service.loseNextReply(store, { applied });
    await t.rejects(world.settle(store.commit([create('/a')])), { code: 'STORE_OUTCOME_UNKNOWN' });
    t.equal(world.service.peek('/a') !== undefined, applied);
    await world.clock.runUntil(() => isConnected(store), 1_000);
    t.equal(store.session().id, id);
    await world.settle(store.commit([create('/b')]));
    t.ok(world.service.peek('/b'), 'only the next one was struck');
  }
});

void t.test('a commit sent into silence may be applied after its caller gave it up', async (t) => {
  const world = simWorld(2);
  const { store } = await world.client('c', SESSION_MS);
  world.service.disconnect(store, { silent: true });
  await t.rejects(world.settle(store.commit([create('/a')])), { code: 'STORE_OUTCOME_UNKNOWN' });
  t.equal(store.session().state, 'suspended', 'noticed by the missing answers');
  await world.clock.advance(100);
  t.equal(world.service.peek('/a'), undefined);
  world.service.reconnect(store);
  await world.clock.advance(10);
  t.ok(world.service.peek('/a'), 'now it arrived');
});

void t.test('what arrives late for a session that is over is not applied', async (t) => {
  const world = simWorld(3);
  const { store } = await world.client('c', SESSION_MS);
  world.service.disconnect(store, { silent: true });
  await t.rejects(world.settle(store.commit([create('/a')])), { code: 'STORE_OUTCOME_UNKNOWN' });
  await world.clock.advance(2 * SESSION_MS);
  world.service.reconnect(store);
  await world.clock.runUntil(() => isConnected(store), 10_000);
  await world.clock.advance(1_000);
  t.equal(world.service.peek('/a'), undefined);
});

void t.test(
  'silence is noticed after two thirds, and ends the session after the whole timeout',
  async (t) => {
    const world = simWorld(4);
    const { store, process } = await world.client('c', SESSION_MS);
    await world.settle(store.commit([create('/e', '', 'ephemeral')]));
    const { leaseUntil } = store.session();
    world.service.disconnect(store, { silent: true });
    await suspended(world, store);
    t.equal(process.clock.monotonic(), leaseUntil - SESSION_MS / 3);
    await world.clock.runUntil(() => store.session().state === 'connecting', 10_000);
    t.equal(process.clock.monotonic(), leaseUntil, 'by its own clock');
    t.ok(world.service.peek('/e'), 'before the server ends it');
    await world.clock.advance(1_000);
    t.equal(world.service.peek('/e'), undefined);
  },
);

void t.test('connected again in the same session, an unknown outcome is final', async (t) => {
  const outcomes = { applied: 0, not: 0 };
  for (let seed = 0; seed < 200; seed += 1) {
    const world = simWorld(`final ${seed}`, { delayMs: [1, 2_000] });
    const { store } = await world.client('c', 30_000);
    const { id } = store.session();
    const commit = store.commit([create('/a')]);
    await world.clock.advance(1);
    world.service.disconnect(store);
    world.service.reconnect(store);
    await t.rejects(world.settle(commit), { code: 'STORE_OUTCOME_UNKNOWN' });
    await world.clock.runUntil(() => isConnected(store), 30_000);
    const applied = world.service.peek('/a') !== undefined;
    await world.clock.advance(10_000);
    if (applied !== (world.service.peek('/a') !== undefined)) t.fail(`seed ${seed}: applied after all`);
    if (store.session().id !== id) t.fail(`seed ${seed}: another session`);
    outcomes[applied ? 'applied' : 'not'] += 1;
  }
  t.ok(outcomes.applied > 50 && outcomes.not > 50, JSON.stringify(outcomes));
});

void t.test('while the service is down no session ends, then each has its whole timeout', async (t) => {
  const world = simWorld(5);
  const { store } = await world.client('c', SESSION_MS);
  await world.settle(store.commit([create('/e', 'x', 'ephemeral')]));
  world.service.disconnect(store);
  await world.clock.advance(SESSION_MS / 2);
  world.service.stop();
  await world.clock.advance(10 * SESSION_MS);
  world.service.start();
  await world.clock.advance(SESSION_MS - 1);
  t.ok(world.service.peek('/e'));
  await world.clock.advance(1_000);
  t.equal(world.service.peek('/e'), undefined);
});

void t.test('a restart breaks the connections, keeps the sessions and begins a new epoch', async (t) => {
  const world = simWorld(6);
  const { store } = await world.client('c');
  await world.settle(store.commit([create('/a')]));
  const { id } = store.session();
  world.service.stop();
  await suspended(world, store);
  await t.rejects(store.commit([create('/b')]), { code: 'STORE_UNAVAILABLE' });
  const read = store.read('/a');
  await world.clock.advance(1_000);
  world.service.start();
  t.ok(await world.settle(read), 'a read waited');
  t.equal(store.session().id, id);
  await world.settle(store.commit([create('/b')]));
  const epochOf = (path: string) => (world.service.peek(path)?.stat.czxid ?? 0n) >> 32n;
  t.equal(epochOf('/b'), epochOf('/a') + 1n);
});

void t.test('a commit not answered in time is unknown, and may be applied', async (t) => {
  const world = simWorld(7, { delayMs: [100, 100] });
  const { store } = await world.client('c');
  const options = { deadlineMs: 150 };
  await t.rejects(world.settle(store.commit([create('/a')], options)), { code: 'STORE_OUTCOME_UNKNOWN' });
  t.ok(world.service.peek('/a'));
  const abort = new AbortController();
  const commit = store.commit([create('/b')], { signal: abort.signal });
  await world.clock.advance(150);
  abort.abort(new Error('enough'));
  await t.rejects(commit, { code: 'STORE_OUTCOME_UNKNOWN', cause: { message: 'enough' } });
  t.ok(world.service.peek('/b'));
  t.equal(store.session().state, 'connected');
});

void t.test('expiry within a commit leaves its outcome unknown', async (t) => {
  const world = simWorld(8);
  const { store } = await world.client('c');
  const states = statesOf(store);
  const commit = store.commit([create('/a')], { session: store.session().id ?? '' });
  world.service.expire(store);
  await t.rejects(world.settle(commit), { code: 'STORE_OUTCOME_UNKNOWN' });
  t.equal(world.service.peek('/a'), undefined);
  await world.clock.advance(5_000);
  t.same(
    states.map(({ state }) => state),
    ['suspended', 'lost', 'connecting', 'connected'],
  );
});

void t.test('the history tells who wrote what, when, and in which session', async (t) => {
  const world = simWorld(9);
  const { store } = await world.client('hv1');
  const session = store.session().id;
  const [written] = await world.settle(store.commit([create('/e-', 'x', 'ephemeral-sequential')]));
  await t.rejects(world.settle(store.commit([set('/none', 'x', 0)])), { code: 'STORE_CONFLICT' });
  await world.settle(store.close());
  const client = store.name;
  t.match(world.service.history, [
    { kind: 'session', client, session, writes: [] },
    { kind: 'commit', client, session, writes: [{ op: 'create', data: bytes('x') }], written: [written] },
    { kind: 'end', client, session, writes: [{ op: 'delete', path: '/e-0000000000', version: 0 }] },
  ]);
  const ids = world.service.history.map(({ zxid }) => zxid);
  t.ok((ids[2] ?? 0n) - (ids[1] ?? 0n) === 2n, 'a refused transaction takes an id, too');
  t.equal(textOf(world.service.peek('/e-0000000000')?.data), undefined);
});
