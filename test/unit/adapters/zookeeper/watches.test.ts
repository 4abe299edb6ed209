import t from 'tap';
import { Watches } from '../../../../lib/adapters/zookeeper/watches.js';
import { LIMITS, SILENT } from '../../../../lib/core/index.js';
import type { Clock, Entry } from '../../../../lib/ports/index.js';

const CHANGED = 3;
const CHILDREN_CHANGED = 4;

function entry(path: string, version: number): Entry {
  const zxid = BigInt(version + 1);
  const stat = { version, childrenVersion: 0, czxid: 1n, mzxid: zxid, pzxid: 1n, owner: undefined };
  return { path, data: new Uint8Array(), stat };
}

/** A server that answers each read when the test says so. */
class Server {
  readonly waiting: { readonly path: string; answer(version: number): void }[] = [];
  readonly watches: Watches;

  constructor() {
    const never: Clock = {
      now: () => 0,
      monotonic: () => 0,
      sleep: () => Promise.resolve(),
      after: () => ({ cancel: () => undefined }),
    };
    this.watches = new Watches(
      {
        entry: (path) =>
          new Promise((resolve) => {
            this.waiting.push({ path, answer: (version) => resolve(entry(path, version)) });
          }),
        children: () => Promise.resolve(undefined),
      },
      never,
      SILENT,
    );
  }

  /** Answers the oldest read, and lets what follows from it happen. */
  async answer(version: number): Promise<void> {
    this.waiting.shift()?.answer(version);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

void t.test('what changes during a read is read again, once however much it was', async (t) => {
  const server = new Server();
  const seen: (number | undefined)[] = [];
  server.watches.value('/a', (state) => seen.push(state?.stat.version));
  t.equal(server.waiting.length, 1);
  for (let change = 0; change < 5; change += 1) server.watches.event({ type: CHANGED, path: '/a' });
  t.equal(server.waiting.length, 1, 'one read at a time');
  await server.answer(1);
  t.equal(server.waiting.length, 1, 'and one more');
  await server.answer(5);
  t.equal(server.waiting.length, 0, 'then rest');
  t.same(seen, [1, 5]);
});

void t.test('a new connection makes every path due, also one that is being read', async (t) => {
  const server = new Server();
  const seen: (number | undefined)[] = [];
  server.watches.value('/a', (state) => seen.push(state?.stat.version));
  server.watches.rearm();
  await server.answer(0);
  await server.answer(0);
  server.watches.rearm();
  await server.answer(0);
  t.equal(server.waiting.length, 0);
  t.same(seen, [0], 'an equal state is delivered once');
});

void t.test('an event wakes only what it concerns', async (t) => {
  const server = new Server();
  server.watches.value('/a', () => undefined);
  await server.answer(0);
  server.watches.event({ type: CHILDREN_CHANGED, path: '/a' });
  server.watches.event({ type: CHANGED, path: '/b' });
  server.watches.event({ type: 77, path: '/a' });
  t.equal(server.waiting.length, 0);
  server.watches.event({ type: CHANGED, path: '/a' });
  t.equal(server.waiting.length, 1);
});

void t.test('N42: so many paths, so few reads at once, each path in its turn', async (t) => {
  const server = new Server();
  const count = LIMITS.storeWatchReadsInFlight + 10;
  const seen = new Set<string>();
  for (let at = 0; at < count; at += 1)
    server.watches.value(`/${at}`, (state) => seen.add(state?.path ?? ''));
  t.equal(server.waiting.length, LIMITS.storeWatchReadsInFlight);
  await server.answer(0);
  t.equal(server.waiting.length, LIMITS.storeWatchReadsInFlight, 'one done, the next begins');
  while (server.waiting.length > 0) await server.answer(0);
  t.equal(seen.size, count);
});

void t.test('closed in the middle of a read, a watch is silent', async (t) => {
  const server = new Server();
  const seen: unknown[] = [];
  const watch = server.watches.value('/a', (state) => seen.push(state));
  watch.close();
  watch.close();
  await server.answer(0);
  server.watches.value('/b', (state) => seen.push(state));
  server.watches.close();
  await server.answer(0);
  server.watches.event({ type: CHANGED, path: '/a' });
  server.watches.rearm();
  server.watches.value('/c', (state) => seen.push(state));
  t.equal(server.waiting.length, 0);
  t.same(seen, []);
});
