import t from 'tap';
import { Scope } from '../../../lib/core/index.js';
import {
  acquireLock,
  foreignLock,
  type HeldLock,
  type LockKind,
  type LockPorts,
  waitForForeignLock,
} from '../../../lib/pvc/index.js';
import { conflictOf, type Store } from '../../../lib/ports/index.js';
import { SimClock, SimRandom, type SimStore, SimStoreService } from '../../../lib/sim/index.js';
import { bytesOf, contendersOf } from '../../../lib/tree/index.js';

const path = '/state';

/** A client with a process of its own. */
interface Client extends LockPorts {
  readonly store: SimStore;
  readonly scope: Scope;
}

class World {
  readonly random = new SimRandom('lock');
  readonly clock = new SimClock({ random: this.random.fork('ties') });
  readonly service = new SimStoreService({ clock: this.clock, random: this.random });

  static async make(): Promise<World> {
    const world = new World();
    const { store } = await world.client('setup');
    await world.clock.settle(store.commit([{ op: 'create', path, data: bytesOf('stop') }]));
    return world;
  }

  async client(name: string): Promise<Client> {
    const process = this.clock.process(name);
    const store = this.service.open(process, 3_000);
    await this.clock.runUntil(() => store.session().state === 'connected', 10_000);
    return { store, clock: process.clock, random: this.random.fork(name), scope: new Scope(name) };
  }

  take(client: Client, kind: LockKind, options: { deadlineMs?: number; signal?: AbortSignal } = {}) {
    return acquireLock(client, client.scope, path, kind, { deadlineMs: 60_000, ...options });
  }

  taken(client: Client, kind: LockKind): Promise<HeldLock> {
    return this.clock.settle(this.take(client, kind));
  }

  async names(store: Store): Promise<readonly string[]> {
    await this.clock.settle(store.sync());
    return (await this.clock.settle(store.children(path)))?.names ?? [];
  }
}

/** Follows a promise without waiting for it. */
function follow<T>(promise: Promise<T>): {
  outcome: 'open' | 'done' | 'failed';
  readonly promise: Promise<T>;
} {
  const followed: { outcome: 'open' | 'done' | 'failed'; promise: Promise<T> } = { outcome: 'open', promise };
  promise.then(
    () => (followed.outcome = 'done'),
    () => (followed.outcome = 'failed'),
  );
  return followed;
}

/** The same store for who locks, which notes what is watched. */
function overheard(store: Store, watched: string[]): Store {
  const note = (path: string) => void watched.push(path);
  return {
    read: (path, options) => store.read(path, options),
    children: (path, options) => store.children(path, options),
    commit: (writes, options) => store.commit(writes, options),
    sync: (options) => store.sync(options),
    watch: (path, listener) => (note(path), store.watch(path, listener)),
    watchChildren: (path, listener) => (note(path), store.watchChildren(path, listener)),
    session: () => store.session(),
    onSession: (listener) => store.onSession(listener),
    close: () => store.close(),
  };
}

void t.test('a contender has the name, the data and the nature that PVC’s tools expect', async (t) => {
  const world = await World.make();
  const a = await world.client('a');
  for (const [kind, pattern] of [
    ['exclusive', /^[0-9a-f]{32}__lock__\d{10}$/],
    ['write', /^[0-9a-f]{32}__lock__\d{10}$/],
    ['read', /^[0-9a-f]{32}__rlock__\d{10}$/],
  ] as const) {
    const lock = await world.taken(a, kind);
    t.match(lock.contender.name, pattern);
    const entry = await world.clock.settle(a.store.read(`${path}/${lock.contender.name}`));
    t.match(Buffer.from(entry?.data ?? []).toString(), /^[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[89ab]/);
    t.equal(entry?.stat.owner, a.store.session().id);
    await world.clock.settle(lock.scope.close());
    t.same(await world.names(a.store), []);
  }
});

void t.test('a second lock waits until the first is given back', async (t) => {
  const world = await World.make();
  const [a, b] = [await world.client('a'), await world.client('b')];
  const first = await world.taken(a, 'exclusive');
  const second = follow(world.take(b, 'exclusive'));
  await world.clock.advance(30_000);
  t.equal(second.outcome, 'open');
  await world.clock.settle(first.scope.close());
  const lock = await world.clock.settle(second.promise);
  t.ok(lock.contender.sequence > first.contender.sequence);
});

void t.test('readers share; a writer waits for them, and those behind it for the writer', async (t) => {
  const world = await World.make();
  const [a, b, c, d] = [
    await world.client('a'),
    await world.client('b'),
    await world.client('c'),
    await world.client('d'),
  ];
  const readers = [await world.taken(a, 'read'), await world.taken(b, 'read')];
  const writer = follow(world.take(c, 'write'));
  await world.clock.advance(1_000);
  const late = follow(world.take(d, 'read'));
  await world.clock.advance(1_000);
  t.equal(writer.outcome, 'open');
  await world.clock.settle(readers[0]!.scope.close());
  await world.clock.advance(1_000);
  t.equal(writer.outcome, 'open', 'one reader is left');
  await world.clock.settle(readers[1]!.scope.close());
  const written = await world.clock.settle(writer.promise);
  await world.clock.advance(1_000);
  t.equal(late.outcome, 'open');
  await world.clock.settle(written.scope.close());
  await world.clock.settle(late.promise);
});

void t.test('an exclusive lock does not wait for readers', async (t) => {
  const world = await World.make();
  const [a, b] = [await world.client('a'), await world.client('b')];
  await world.taken(a, 'read');
  const lock = await world.taken(b, 'exclusive');
  t.notOk(lock.scope.closed);
});

void t.test('only the contender before ours is watched', async (t) => {
  const world = await World.make();
  const [a, b, c] = [await world.client('a'), await world.client('b'), await world.client('c')];
  const first = await world.taken(a, 'exclusive');
  const second = follow(world.take(b, 'exclusive'));
  await world.clock.advance(1_000);
  const watched: string[] = [];
  const store = overheard(c.store, watched);
  const third = follow(acquireLock({ ...c, store }, c.scope, path, 'exclusive', { deadlineMs: 60_000 }));
  await world.clock.advance(1_000);
  await world.clock.settle(first.scope.close());
  const lock = await world.clock.settle(second.promise);
  t.same(watched, [`${path}/${lock.contender.name}`]);
  await world.clock.settle(lock.scope.close());
  await world.clock.settle(third.promise);
  t.equal(watched.length, 1);
});

void t.test('at its deadline it says who holds it and leaves nothing behind', async (t) => {
  const world = await World.make();
  const [a, b] = [await world.client('a'), await world.client('b')];
  const first = await world.taken(a, 'exclusive');
  const late = world.clock.settle(world.take(b, 'exclusive', { deadlineMs: 2_000 }));
  await t.rejects(late, { code: 'DEADLINE', reason: new RegExp(first.contender.name) });
  t.same(await world.names(a.store), [first.contender.name]);
});

void t.test('cancelled, before or while it waits, it leaves nothing behind', async (t) => {
  const world = await World.make();
  const [a, b] = [await world.client('a'), await world.client('b')];
  const first = await world.taken(a, 'write');
  const cause = new Error('not wanted');
  const early = world.take(b, 'read', { signal: AbortSignal.abort(cause) });
  await t.rejects(world.clock.settle(early), { code: 'CANCELLED', cause });
  const controller = new AbortController();
  const waiting = follow(world.take(b, 'read', { signal: controller.signal }));
  await world.clock.advance(1_000);
  controller.abort(cause);
  await t.rejects(world.clock.settle(waiting.promise), { code: 'CANCELLED', cause });
  const closing = follow(world.take(b, 'read'));
  await world.clock.advance(1_000);
  const closed = b.scope.close('shut down');
  await t.rejects(world.clock.settle(closing.promise), {
    code: 'CANCELLED',
    reason: /shut down|parent|closed/,
  });
  await world.clock.settle(closed);
  t.same(await world.names(a.store), [first.contender.name]);
});

for (const applied of [true, false]) {
  void t.test(
    `the reply to the creation is lost, ${applied ? 'done' : 'not done'}: one contender`,
    async (t) => {
      const world = await World.make();
      const a = await world.client('a');
      world.service.loseNextReply(a.store, { applied });
      const lock = await world.taken(a, 'exclusive');
      t.same(await world.names(a.store), [lock.contender.name]);
      await world.clock.settle(lock.scope.close());
      t.same(await world.names(a.store), []);
    },
  );

  void t.test(
    `the reply to the release is lost, ${applied ? 'done' : 'not done'}: no contender`,
    async (t) => {
      const world = await World.make();
      const a = await world.client('a');
      const lock = await world.taken(a, 'exclusive');
      world.service.loseNextReply(a.store, { applied });
      await world.clock.settle(lock.scope.close());
      t.same(await world.names(a.store), []);
    },
  );
}

void t.test('N3d: with the session the lock is lost, its scope closes, and its guard fails', async (t) => {
  const world = await World.make();
  const [a, b] = [await world.client('a'), await world.client('b')];
  const lock = await world.taken(a, 'exclusive');
  const next = follow(world.take(b, 'exclusive'));
  await world.clock.advance(100);
  world.service.expire(a.store);
  await world.clock.runUntil(() => lock.scope.closed, 10_000);
  await world.clock.settle(next.promise);
  await world.clock.runUntil(() => a.store.session().state === 'connected', 10_000);
  const write = a.store.commit([lock.guard, { op: 'set', path, data: bytesOf('start'), version: 0 }]);
  await t.rejects(world.clock.settle(write), { code: 'STORE_CONFLICT' });
});

void t.test('the session ends while it waits', async (t) => {
  const world = await World.make();
  const [a, b] = [await world.client('a'), await world.client('b')];
  await world.taken(a, 'exclusive');
  const waiting = follow(world.take(b, 'exclusive'));
  await world.clock.advance(1_000);
  world.service.expire(b.store);
  await t.rejects(world.clock.settle(waiting.promise), { code: 'STORE_SESSION_LOST' });
});

void t.test('given back while the store is away: gone as soon as it answers again', async (t) => {
  const world = await World.make();
  const [a, b] = [await world.client('a'), await world.client('b')];
  const lock = await world.taken(a, 'exclusive');
  world.service.disconnect(a.store);
  const closed = follow(lock.scope.close());
  await world.clock.advance(1_000);
  t.equal(closed.outcome, 'open');
  world.service.reconnect(a.store);
  await world.clock.settle(closed.promise);
  t.equal(a.store.session().state, 'connected');
  t.same(await world.names(b.store), []);
});

void t.test('somebody removes our contender while we wait', async (t) => {
  const world = await World.make();
  const [a, b] = [await world.client('a'), await world.client('b')];
  const first = await world.taken(a, 'exclusive');
  const waiting = follow(world.take(b, 'exclusive'));
  await world.clock.advance(1_000);
  const ours = contendersOf(await world.names(a.store)).at(-1)!;
  await world.clock.settle(a.store.commit([{ op: 'delete', path: `${path}/${ours.name}`, version: 0 }]));
  await world.clock.settle(first.scope.close());
  await t.rejects(world.clock.settle(waiting.promise), { code: 'REFUSED' });
});

void t.test('a key that does not exist cannot be locked', async (t) => {
  const world = await World.make();
  const a = await world.client('a');
  const lock = acquireLock(a, a.scope, '/nowhere', 'exclusive', { deadlineMs: 1_000 });
  await t.rejects(world.clock.settle(lock), { code: 'NOT_FOUND', object: '/nowhere' });
});

void t.test('many clients, many faults: never two in a lock, and at the end nothing is left', async (t) => {
  const world = await World.make();
  const clients = await Promise.all(['a', 'b', 'c', 'd'].map((name) => world.client(name)));
  const probabilities = { expire: 0.02, disconnect: 0.05, loseReply: 0.1, loseRequest: 0.1, lag: 0.1 };
  const chaos = world.service.chaos({
    random: world.random.fork('chaos'),
    probabilities,
    lastsMs: [50, 4_000],
  });
  let written = 0;
  const work = async (client: Client): Promise<void> => {
    const { store, clock, scope } = client;
    for (let round = 0; round < 15; round += 1) {
      try {
        const lock = await acquireLock(client, scope, path, 'write', { deadlineMs: 20_000 });
        await store.sync();
        const version = (await store.read(path))?.stat.version ?? -1;
        await clock.sleep(20);
        await store.commit([lock.guard, { op: 'set', path, data: bytesOf('x'), version }]);
        written += 1;
        await lock.scope.close();
      } catch (error) {
        t.match(error, { code: /^STORE_|DEADLINE/ });
        t.not(conflictOf(error)?.why, 'version', 'nobody else wrote while we had the lock');
      }
    }
  };
  await world.clock.settle(Promise.all(clients.map(work)), 10 * 3_600_000);
  chaos.stop();
  t.ok(written > 10, `${written} writes`);
  await world.clock.settle(Promise.all(clients.map((client) => client.scope.close())));
  await world.clock.advance(60_000);
  t.same(await world.names((await world.client('observer')).store), []);
});

void t.test('foreign locks', async (t) => {
  const world = await World.make();
  const [a, b] = [await world.client('a'), await world.client('b')];
  const lock = await world.taken(a, 'exclusive');
  const names = await world.names(b.store);
  t.same(foreignLock(names), lock.contender);
  t.equal(foreignLock(names, new Set([lock.contender.token])), undefined);
  t.equal(foreignLock(['sync_lock', 'x']), undefined);

  const { signal } = new AbortController();
  t.equal(
    await world.clock.settle(waitForForeignLock(b, path, signal, new Set([lock.contender.token]))),
    true,
  );
  const began = world.clock.monotonic();
  t.equal(await world.clock.settle(waitForForeignLock(b, path, signal)), false);
  t.equal(Math.round((world.clock.monotonic() - began) / 1_000), 5, 'of virtual time');
  const freed = follow(waitForForeignLock(b, path, signal));
  await world.clock.advance(1_000);
  t.equal(freed.outcome, 'open');
  await world.clock.settle(lock.scope.close());
  t.equal(await world.clock.settle(freed.promise), true);
  await t.rejects(waitForForeignLock(b, path, AbortSignal.abort(new Error('no'))), /no/);
});
