/** Our locks against those of Debian's python3-kazoo, on a real server: who waits for whom is one rule for both. */
import t, { type Test } from 'tap';
import { Scope } from '../../lib/core/index.js';
import { acquireLock, type HeldLock, type LockKind } from '../../lib/pvc/index.js';
import { bytesOf } from '../../lib/tree/index.js';
import { KazooLock } from '../support/kazoo.js';
import { ZooKeeperCluster } from '../support/zookeeper.js';
import { Deliveries, inState, open, realClock, realRandom } from '../support/zookeeper-client.js';

const KINDS = ['exclusive', 'write', 'read'] as const;
/** How long ours waits where it must wait in vain. */
const BLOCKED_MS = 300;
const FREE_MS = 30_000;

const cluster = await ZooKeeperCluster.start();
const store = open(cluster.endpoints);
await inState(store, 'connected');
const scope = new Scope('kazoo-lock');
t.teardown(async () => {
  await scope.close();
  await store.close();
  await cluster.remove();
});

/** A key of its own for each test. */
async function makeKey(name: string): Promise<string> {
  const path = `/${name}`;
  await store.commit([{ op: 'create', path, data: bytesOf('old') }]);
  return path;
}

function kazoo(t: Test, path: string, kind: LockKind): KazooLock {
  const lock = new KazooLock(cluster.server.endpoint, path, kind);
  t.teardown(() => lock.kill());
  return lock;
}

function take(path: string, kind: LockKind, deadlineMs: number): Promise<HeldLock> {
  return acquireLock({ store, clock: realClock, random: realRandom }, scope, path, kind, { deadlineMs });
}

async function childCount(path: string): Promise<number> {
  return (await store.children(path))?.names.length ?? 0;
}

/** Resolves when two contenders stand under `path`. */
async function bothThere(path: string): Promise<void> {
  const counts = new Deliveries<number>();
  const watch = store.watchChildren(path, (children) => counts.listener(children?.names.length ?? 0));
  await counts.until('both contenders', (count) => count === 2);
  watch.close();
}

/** Whether a lock has to wait for one that is held. */
function mustWait(held: LockKind, comer: LockKind): boolean {
  return held === 'read' ? comer === 'write' : true;
}

for (const held of KINDS)
  void t.test(`Kazoo holds a lock of kind ${held}`, async (t) => {
    const path = await makeKey(`kazoo-${held}`);
    const theirs = kazoo(t, path, held);
    t.equal(await theirs.ask('acquire'), 'acquired');
    for (const comer of KINDS) {
      if (mustWait(held, comer)) {
        await t.rejects(take(path, comer, BLOCKED_MS), { code: 'DEADLINE' }, `ours of kind ${comer} waits`);
      } else {
        const ours = await take(path, comer, FREE_MS);
        t.equal(await childCount(path), 2, `ours of kind ${comer} does not wait`);
        await ours.scope.close();
      }
      t.equal(await childCount(path), 1, 'ours leaves no contender behind');
    }
  });

for (const held of KINDS)
  void t.test(`ours is a lock of kind ${held}`, async (t) => {
    const path = await makeKey(`ours-${held}`);
    const ours = await take(path, held, FREE_MS);
    for (const comer of KINDS) {
      const theirs = kazoo(t, path, comer);
      const answer = mustWait(held, comer) ? 'refused' : 'taken';
      t.equal(await theirs.ask('try'), answer, `Kazoo’s of kind ${comer}`);
      if (answer === 'taken') t.equal(await theirs.ask('release'), 'released');
    }
    await ours.scope.close();
    t.equal(await childCount(path), 0);
  });

void t.test('ours follows when Kazoo gives the lock back', async (t) => {
  const path = await makeKey('kazoo-first');
  const theirs = kazoo(t, path, 'exclusive');
  await theirs.ask('acquire');
  const waiting = take(path, 'exclusive', FREE_MS);
  await bothThere(path);
  await theirs.ask('set theirs');
  t.equal(await theirs.ask('release'), 'released');
  const ours = await waiting;
  t.equal(Buffer.from((await store.read(path))?.data ?? []).toString(), 'theirs', 'after what it wrote');
  await ours.scope.close();
});

void t.test('Kazoo follows when ours is given back, and reads our contender', async (t) => {
  const path = await makeKey('ours-first');
  const ours = await take(path, 'write', FREE_MS);
  const theirs = kazoo(t, path, 'write');
  const contenders = JSON.parse(await theirs.ask('contenders')) as string[];
  t.match(contenders, [/^[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-/]);
  const acquired = theirs.ask('acquire');
  await bothThere(path);
  await ours.scope.close();
  t.equal(await acquired, 'acquired');
});

void t.test('a Kazoo that dies gives its lock up with its session', async (t) => {
  const path = await makeKey('kazoo-dies');
  const theirs = kazoo(t, path, 'exclusive');
  await theirs.ask('acquire');
  await theirs.kill();
  const ours = await take(path, 'exclusive', FREE_MS);
  t.equal(await childCount(path), 1);
  await ours.scope.close();
});
