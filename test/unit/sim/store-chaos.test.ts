import t from 'tap';
import { isDroverError } from '../../../lib/core/index.js';
import type { SimProcess, SimStore } from '../../../lib/sim/index.js';
import { create, set } from '../../contract/store-fixture.js';
import { type SimWorld, simWorld } from '../../support/sim-world.js';

const PROBABILITIES = {
  expire: 0.05,
  disconnect: 0.1,
  silence: 0.1,
  loseRequest: 0.1,
  loseReply: 0.1,
  lag: 0.2,
  pause: 0.1,
  restart: 0.03,
};

interface Outcomes {
  /** By the text that was written: what its writer was told. */
  readonly told: Map<string, 'written' | 'unknown' | 'refused'>;
  readonly codes: Set<string>;
}

/** Several writers increment one value under all faults at once. */
async function runChaos(seed: number | string): Promise<{ world: SimWorld } & Outcomes> {
  const world = simWorld(seed, { lagMs: [0, 50] });
  const { store: setup } = await world.client('setup');
  await world.settle(setup.commit([create('/a')]));
  await world.settle(setup.close());
  const outcomes: Outcomes = { told: new Map(), codes: new Set() };
  const clients = [];
  for (const name of ['a', 'b', 'c']) clients.push(await world.client(name, 3_000));
  const random = world.random.fork('chaos');
  const chaos = world.service.chaos({ random, probabilities: PROBABILITIES, lastsMs: [10, 5_000] });
  const work = Promise.all(clients.map(({ store, process }) => write(store, process, outcomes)));
  await world.clock.advance(60_000);
  chaos.stop();
  await world.settle(work);
  for (const { store } of clients) await world.settle(store.close());
  return { world, ...outcomes };
}

async function write(store: SimStore, process: SimProcess, { told, codes }: Outcomes): Promise<void> {
  for (let round = 0; round < 50; round += 1) {
    const text = `${store.name} ${round}`;
    try {
      const version = (await store.read('/a'))?.stat.version ?? 0;
      told.set(text, 'refused');
      await store.commit([set('/a', text, version)]);
      told.set(text, 'written');
    } catch (error) {
      if (!isDroverError(error)) throw error;
      codes.add(error.code);
      if (error.code === 'STORE_OUTCOME_UNKNOWN') told.set(text, 'unknown');
    }
    await process.clock.sleep(500);
  }
}

void t.test('what clients are told agrees with the history', async (t) => {
  const decoder = new TextDecoder();
  const codes = new Set<string>();
  const unknown = { applied: 0, not: 0 };
  for (let seed = 0; seed < 20; seed += 1) {
    const { world, told, ...rest } = await runChaos(`told ${seed}`);
    for (const code of rest.codes) codes.add(code);
    const times = new Map<string, number>();
    for (const { writes } of world.service.history)
      for (const write of writes) {
        if (write.op !== 'set') continue;
        const text = decoder.decode(write.data);
        times.set(text, (times.get(text) ?? 0) + 1);
      }
    for (const [text, outcome] of told) {
      const count = times.get(text) ?? 0;
      const agrees = outcome === 'unknown' ? count <= 1 : count === (outcome === 'written' ? 1 : 0);
      if (!agrees) t.fail(`seed ${seed}: ${text} was ${outcome}, and is ${count} times in the history`);
      if (outcome === 'unknown') unknown[count === 1 ? 'applied' : 'not'] += 1;
    }
    const sets = [...times.values()].reduce((sum, count) => sum + count, 0);
    t.equal(world.service.peek('/a')?.stat.version, sets, `seed ${seed}: every set counts one version`);
  }
  t.ok(codes.has('STORE_CONFLICT') && codes.has('STORE_OUTCOME_UNKNOWN'), [...codes].join(' '));
  t.ok(unknown.applied > 20 && unknown.not > 20, JSON.stringify(unknown));
});

void t.test('the same seed gives the same history, another one another', async (t) => {
  const historyOf = async (seed: string) =>
    (await runChaos(seed)).world.service.history.map(
      ({ zxid, atMs, kind, client, written }) => `${zxid} ${atMs} ${kind} ${client} ${written.length}`,
    );
  const first = await historyOf('same');
  t.ok(first.length > 50, `${first.length} transactions`);
  t.same(await historyOf('same'), first);
  t.notSame(await historyOf('other'), first);
});

void t.test('without probabilities nothing happens, and stopping ends what lasts', async (t) => {
  const world = simWorld('calm');
  const { store } = await world.client('c');
  const { id } = store.session();
  const calm = world.service.chaos({ random: world.random, probabilities: {} });
  await world.clock.advance(30_000);
  t.match(store.session(), { state: 'connected', id });
  calm.stop();
  const probabilities = { disconnect: 1, pause: 1, restart: 1 };
  const storm = world.service.chaos({ random: world.random, probabilities, lastsMs: [600_000, 600_000] });
  await world.clock.advance(30_000);
  t.equal(store.process.state, 'paused');
  storm.stop();
  await world.clock.runUntil(
    () => store.session().state === 'connected' && store.session().id !== id,
    10_000,
  );
  await world.settle(store.commit([create('/a')]));
});
