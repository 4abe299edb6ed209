import t from 'tap';
import { isDroverError, LIMITS } from '../../lib/core/index.js';
import { conflictOf } from '../../lib/ports/index.js';
import { ZooKeeperCluster } from '../support/zookeeper.js';
import { bytes, inState, open, opened, text } from '../support/zookeeper-client.js';

const cluster = await ZooKeeperCluster.start();
t.teardown(() => cluster.remove());

void t.test('reads what was committed, with stats; none is undefined', async (t) => {
  const store = await opened(cluster.endpoints);
  t.teardown(() => store.close());
  const session = store.session();
  t.equal(await store.read('/none'), undefined);
  t.equal(await store.children('/none'), undefined);

  const written = await store.commit([
    { op: 'create', path: '/a', data: bytes('one') },
    { op: 'create', path: '/a/e', data: bytes(''), mode: 'ephemeral' },
    { op: 'create', path: '/a/n-', data: bytes('x'), mode: 'sequential' },
    { op: 'create', path: '/a/b', data: bytes('y') },
  ]);
  t.same(
    written.map((one) => one.path),
    ['/a', '/a/e', '/a/n-0000000001', '/a/b'],
  );
  const entry = await store.read('/a');
  t.equal(text(entry?.data), 'one');
  t.equal(entry?.stat.version, 0);
  t.equal(entry?.stat.owner, undefined);
  t.equal(entry?.stat.czxid, entry?.stat.mzxid);
  t.equal((await store.read('/a/e'))?.stat.owner, session.id);
  t.equal((await store.read('/a/e'))?.data.length, 0);
  const children = await store.children('/a');
  t.same(children?.names, ['b', 'e', 'n-0000000001']);
  t.equal(children?.stat.childrenVersion, 3);

  const [set] = await store.commit([{ op: 'set', path: '/a', data: bytes('two'), version: 0 }]);
  t.equal(set?.stat?.version, 1);
  t.ok((set?.stat?.mzxid ?? 0n) > (entry?.stat.mzxid ?? 0n));
});

void t.test('a conflict names the operation and why, and nothing is written', async (t) => {
  const store = await opened(cluster.endpoints);
  t.teardown(() => store.close());
  await store.commit([
    { op: 'create', path: '/c', data: bytes('') },
    { op: 'create', path: '/c/child', data: bytes('') },
    { op: 'create', path: '/c/eph', data: bytes(''), mode: 'ephemeral' },
  ]);
  const first = { op: 'create', path: '/c/new', data: bytes('') } as const;
  const cases = [
    [{ op: 'set', path: '/c', data: bytes('x'), version: 7 }, 'version'],
    [{ op: 'check', path: '/c', version: 7 }, 'version'],
    [{ op: 'delete', path: '/c/child', version: 7 }, 'version'],
    [{ op: 'set', path: '/c/none', data: bytes('x'), version: 0 }, 'missing'],
    [{ op: 'create', path: '/none/x', data: bytes('x') }, 'missing'],
    [{ op: 'create', path: '/c/child', data: bytes('x') }, 'exists'],
    [{ op: 'delete', path: '/c', version: 0 }, 'not-empty'],
    [{ op: 'create', path: '/c/eph/x', data: bytes('x') }, 'ephemeral-parent'],
  ] as const;
  for (const [write, why] of cases) {
    const error: unknown = await store.commit([first, write, first]).catch((e: unknown) => e);
    t.ok(isDroverError(error, 'STORE_CONFLICT'), `${write.op}: ${why}`);
    t.match(conflictOf(error), { index: 1, write, why });
  }
  t.equal(await store.read('/c/new'), undefined);
});

void t.test('what the server would refuse to read is refused beforehand', async (t) => {
  const store = await opened(cluster.endpoints);
  t.teardown(() => store.close());
  for (const path of ['', 'a', '/a/', '/a//b', '/a/./b', '/a/..', '/a\u0000b', '/a\ud83d\ude00'])
    await t.rejects(store.read(path), { code: 'BAD_INPUT' }, JSON.stringify(path));
  await t.rejects(store.commit([{ op: 'delete', path: '/a', version: -1 }]), { code: 'BAD_INPUT' });
  await t.rejects(store.read(`/${'x'.repeat(LIMITS.storeValueBytes)}`), { code: 'STORE_TOO_LARGE' });
  t.same(await store.commit([]), []);
});

void t.test('paths below a chroot', async (t) => {
  const outer = await opened(cluster.endpoints);
  const inner = open(cluster.endpoints, { chroot: '/inside' });
  t.teardown(() => Promise.all([outer.close(), inner.close()]));
  await outer.commit([{ op: 'create', path: '/inside', data: bytes('top') }]);
  await inState(inner, 'connected');
  const [written] = await inner.commit([{ op: 'create', path: '/x', data: bytes('in') }]);
  t.equal(written?.path, '/x');
  t.equal(text((await outer.read('/inside/x'))?.data), 'in');
  t.equal(text((await inner.read('/'))?.data), 'top');
  t.throws(() => open(cluster.endpoints, { chroot: 'x' }), { code: 'BAD_INPUT' });
});

void t.test('a deadline and a signal end a call', async (t) => {
  const store = open(['127.0.0.1:1']);
  t.teardown(() => store.close());
  await t.rejects(store.read('/a', { deadlineMs: 30 }), { code: 'DEADLINE' });
  const write = { op: 'create', path: '/never', data: bytes('') } as const;
  await t.rejects(store.commit([write], { deadlineMs: 30 }), { code: 'STORE_UNAVAILABLE' });
  const control = new AbortController();
  const cancelled = store.read('/a', { signal: control.signal });
  control.abort(new Error('no more'));
  await t.rejects(cancelled, { code: 'CANCELLED', cause: control.signal.reason as Error });
  await t.rejects(store.sync({ signal: control.signal }), { code: 'CANCELLED' });
  await t.rejects(store.commit([write], { session: 'abc' }), { code: 'STORE_SESSION_LOST' });
});

void t.test('closing ends the session at the server, its ephemerals with it, and every call', async (t) => {
  const store = await opened(cluster.endpoints);
  const other = await opened(cluster.endpoints);
  t.teardown(() => other.close());
  await store.commit([{ op: 'create', path: '/mine', data: bytes(''), mode: 'ephemeral' }]);
  await Promise.all([store.close(), store.close()]);
  t.equal(store.session().state, 'closed');
  await other.sync();
  t.equal(await other.read('/mine'), undefined);
  await t.rejects(store.read('/mine'), { code: 'STORE_UNAVAILABLE' });
});
