import t from 'tap';
import { bytes, create, set, textOf } from '../../contract/store-fixture.js';
import { simWorld } from '../../support/sim-world.js';

void t.test('a client that lags reads what was, until it syncs', async (t) => {
  const world = simWorld(1);
  const [{ store: writer }, { store: reader }] = [await world.client('writer'), await world.client('reader')];
  const read = async () => textOf((await world.settle(reader.read('/a')))?.data);
  await world.settle(writer.commit([create('/a', 'old')]));
  await world.settle(reader.sync());
  world.service.lag(reader, Infinity);
  await world.settle(writer.commit([set('/a', 'new', 0), create('/a/child')]));
  await world.clock.advance(60_000);
  t.equal(await read(), 'old', 'however long it waits');
  t.same((await world.settle(reader.children('/a')))?.names, []);
  t.equal(textOf(world.service.peek('/a')?.data), 'new');
  await world.settle(reader.sync());
  t.equal(await read(), 'new');
  t.same((await world.settle(reader.children('/a')))?.names, ['child']);
});

void t.test('its own commit brings it up to date', async (t) => {
  const world = simWorld(2);
  const [{ store: writer }, { store: reader }] = [await world.client('writer'), await world.client('reader')];
  world.service.lag(reader, Infinity);
  await world.settle(writer.commit([create('/a', 'theirs')]));
  t.equal(await world.settle(reader.read('/a')), undefined);
  await world.settle(reader.commit([create('/b', 'mine')]));
  t.equal(textOf((await world.settle(reader.read('/b')))?.data), 'mine');
  t.equal(textOf((await world.settle(reader.read('/a')))?.data), 'theirs');
});

void t.test('a commit decided from a stale read conflicts', async (t) => {
  const world = simWorld(3);
  const [{ store: writer }, { store: reader }] = [await world.client('writer'), await world.client('reader')];
  await world.settle(writer.commit([create('/a', 'old')]));
  await world.settle(reader.sync());
  world.service.lag(reader, Infinity);
  await world.settle(writer.commit([set('/a', 'new', 0)]));
  const stale = (await world.settle(reader.read('/a')))?.stat.version ?? -1;
  await t.rejects(world.settle(reader.commit([set('/a', 'x', stale)])), { code: 'STORE_CONFLICT' });
});

void t.test('a lag of so many ms, and back to the usual', async (t) => {
  const world = simWorld(4);
  const [{ store: writer }, { store: reader }] = [await world.client('writer'), await world.client('reader')];
  world.service.lag(reader, 500);
  await world.settle(writer.commit([create('/a')]));
  await world.clock.advance(480);
  t.equal(await world.settle(reader.read('/a')), undefined);
  await world.clock.advance(20);
  t.ok(await world.settle(reader.read('/a')));
  world.service.lag(reader, Infinity);
  await world.settle(writer.commit([create('/b')]));
  world.service.lag(reader, undefined);
  t.ok(await world.settle(reader.read('/b')), 'what it missed comes, too');
});

void t.test('a watch wakes when its own server knows', async (t) => {
  const world = simWorld(5);
  const [{ store: writer }, { store: reader }] = [await world.client('writer'), await world.client('reader')];
  const seen: (string | undefined)[] = [];
  reader.watch('/a', (entry) => seen.push(textOf(entry?.data)));
  await world.clock.advance(10);
  world.service.lag(reader, 1_000);
  await world.settle(writer.commit([create('/a', 'one')]));
  await world.clock.advance(900);
  t.same(seen, [undefined]);
  await world.clock.advance(110);
  t.same(seen, [undefined, 'one']);
});

void t.test('a new client may begin behind', async (t) => {
  const world = simWorld(6, { lagMs: [5_000, 5_000] });
  const { store: writer } = await world.client('writer');
  await world.settle(writer.commit([create('/a', 'x')]));
  const { store: late } = await world.client('late');
  t.equal(await world.settle(late.read('/a')), undefined);
  await world.clock.advance(5_000);
  t.ok(await world.settle(late.read('/a')));
});

void t.test('whatever happens, a client never reads back in time', async (t) => {
  const seen = { read: 0, watched: 0 };
  for (let seed = 0; seed < 20; seed += 1) {
    const world = simWorld(`back ${seed}`, { lagMs: [0, 400] });
    const { store: writer } = await world.client('writer');
    const { store: reader } = await world.client('reader', 3_000);
    await world.settle(writer.commit([create('/a')]));
    const random = world.random.fork('chaos');
    const probabilities = { expire: 0.05, disconnect: 0.1, silence: 0.1, lag: 0.2, restart: 0.05 };
    const chaos = world.service.chaos({ random, probabilities, lastsMs: [10, 5_000] });
    const read: bigint[] = [];
    const watched: bigint[] = [];
    reader.watch('/a', (entry) => watched.push(entry?.stat.mzxid ?? 0n));
    for (let round = 0; round < 100; round += 1) {
      const version = world.service.peek('/a')?.stat.version ?? 0;
      await world.settle(writer.commit([set('/a', String(round), version)]).catch(() => []));
      const entry = await world.settle(reader.read('/a', { deadlineMs: 300 }).catch(() => undefined));
      if (entry !== undefined) read.push(entry.stat.mzxid);
      await world.clock.advance(50);
    }
    chaos.stop();
    await world.settle(reader.sync());
    await world.clock.advance(3_000);
    t.same(read, sorted(read), `reads of seed ${seed}`);
    t.same(watched, sorted(watched), `deliveries of seed ${seed}`);
    t.equal(watched.at(-1), world.service.peek('/a')?.stat.mzxid, 'the watch ends with the latest');
    seen.read += new Set(read).size;
    seen.watched += new Set(watched).size;
  }
  t.ok(seen.read > 200 && seen.watched > 200, `many were seen: ${JSON.stringify(seen)}`);
});

void t.test('what a caller does with its bytes later does not matter', async (t) => {
  const world = simWorld(7);
  const { store } = await world.client('c');
  const data = bytes('sent');
  const commit = store.commit([{ op: 'create', path: '/a', data }]);
  data.fill(0);
  await world.settle(commit);
  (await world.settle(store.read('/a')))?.data.fill(0);
  t.equal(textOf((await world.settle(store.read('/a')))?.data), 'sent');
});

function sorted(ids: readonly bigint[]): bigint[] {
  return [...ids].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
