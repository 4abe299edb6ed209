import t from 'tap';
import { create, set, statesOf, textOf } from '../../contract/store-fixture.js';
import { isConnected, simWorld } from '../../support/sim-world.js';

const SESSION_MS = 3_000;

void t.test('a process that is paused for too long learns on resume that its session is over', async (t) => {
  const world = simWorld(1);
  const { store, process } = await world.client('paused', SESSION_MS);
  await world.settle(store.commit([create('/e', '', 'ephemeral')]));
  const session = store.session().id ?? '';
  const states = statesOf(store);
  process.pause();
  await world.clock.advance(3 * SESSION_MS);
  t.equal(world.service.peek('/e'), undefined, 'the server ended it');
  t.match(store.session(), { state: 'connected', id: session }, 'the process does not know');
  t.ok(store.session().leaseUntil < process.clock.monotonic(), 'but its lease is over by its own clock');
  process.resume();
  const commit = store.commit([create('/late')], { session });
  await t.rejects(world.settle(commit), { code: 'STORE_OUTCOME_UNKNOWN' }, 'sent before it knew');
  await world.clock.runUntil(() => isConnected(store), 10_000);
  t.equal(states.filter(({ state }) => state === 'lost').length, 1);
  t.not(store.session().id, session);
  t.equal(world.service.peek('/late'), undefined);
});

void t.test('a short pause costs nothing', async (t) => {
  const world = simWorld(2);
  const [{ store, process }, { store: other }] = [
    await world.client('p', SESSION_MS),
    await world.client('o'),
  ];
  const session = store.session().id;
  const seen: (string | undefined)[] = [];
  await world.settle(other.commit([create('/a', 'one')]));
  store.watch('/a', (entry) => seen.push(textOf(entry?.data)));
  await world.clock.advance(10);
  process.pause();
  await world.settle(other.commit([set('/a', 'two', 0)]));
  await world.clock.advance(SESSION_MS / 2);
  t.same(seen, ['one']);
  process.resume();
  await world.clock.advance(SESSION_MS);
  t.same(seen, ['one', 'two']);
  t.equal(store.session().id, session);
});

void t.test('what was sent before the pause is applied meanwhile, its answer waits', async (t) => {
  const world = simWorld(3);
  const { store, process } = await world.client('p');
  let answered = false;
  const commit = store.commit([create('/a')]).then(() => (answered = true));
  await Promise.resolve();
  process.pause();
  await world.clock.advance(1_000);
  t.ok(world.service.peek('/a'));
  t.notOk(answered);
  process.resume();
  await world.settle(commit);
  t.ok(answered);
});

void t.test('a call made while paused is made on resume', async (t) => {
  const world = simWorld(4);
  const { store, process } = await world.client('p');
  process.pause();
  const commit = store.commit([create('/a')]);
  await world.clock.advance(1_000);
  t.equal(world.service.peek('/a'), undefined);
  process.resume();
  await world.settle(commit);
  t.ok(world.service.peek('/a'));
});

void t.test('a killed process: its calls hang, its ephemerals live until the session ends', async (t) => {
  const world = simWorld(5);
  const { store, process } = await world.client('p', SESSION_MS);
  await world.settle(store.commit([create('/e', '', 'ephemeral')]));
  const settled: string[] = [];
  const note = (what: string) => () => void settled.push(what);
  store.read('/e').then(note('read'), note('read'));
  store.watch('/e', note('watch'));
  store.onSession(note('session'));
  await Promise.resolve();
  process.kill();
  store.commit([create('/after')]).then(note('commit'), note('commit'));
  void store.close().then(note('close'));
  await world.clock.advance(SESSION_MS - 100);
  t.ok(world.service.peek('/e'));
  await world.clock.advance(1_000);
  t.equal(world.service.peek('/e'), undefined);
  await world.clock.advance(60_000);
  t.same(settled, []);
  t.equal(world.service.peek('/after'), undefined);
});

void t.test('the server never ends a session within its lease', async (t) => {
  let ends = 0;
  for (let seed = 0; seed < 20; seed += 1) {
    const world = simWorld(`lease ${seed}`);
    const clients = [await world.client('a', SESSION_MS), await world.client('b', SESSION_MS)];
    const probabilities = { disconnect: 0.1, silence: 0.1, pause: 0.1, loseReply: 0.1, restart: 0.02 };
    const random = world.random.fork('chaos');
    world.service.chaos({ random, probabilities, lastsMs: [10, 6_000] });
    let known = world.service.history.length;
    await world.clock.runUntil(() => {
      for (const { kind, session } of world.service.history.slice(known)) {
        const owner = clients.find(({ store }) => store.session().id === session);
        if (kind !== 'end') continue;
        ends += 1;
        if (owner !== undefined && owner.process.clock.monotonic() < owner.store.session().leaseUntil)
          t.fail(`seed ${seed}: session ${session} ended within its lease`);
      }
      known = world.service.history.length;
      return world.clock.monotonic() > 60_000;
    });
  }
  t.ok(ends > 20, `${ends} sessions ended`);
});
