/** Three servers: what a change of server or of leader does to sessions, ephemerals, watches and reads. */
import t, { type Test } from 'tap';
import { isDroverError } from '../../lib/core/index.js';
import type { Store } from '../../lib/ports/index.js';
import { ZooKeeperCluster } from '../support/zookeeper.js';
import { bytes, Deliveries, eventually, inState, opened, text } from '../support/zookeeper-client.js';
import { takeOver, ZooKeeperProxy } from '../support/zookeeper-proxy.js';

const cluster = await ZooKeeperCluster.start(3);
t.teardown(() => cluster.remove());
const SESSION = { sessionMs: 12_000 };
const PATIENT = { deadlineMs: 30_000 };

/** Writes again until it is there: what a caller does who knows that the write is harmless twice. */
async function persist(store: Store, path: string, value: string): Promise<void> {
  const once = async (): Promise<boolean> => {
    const entry = await store.read(path, PATIENT);
    if (text(entry?.data) === value) return true;
    const data = bytes(value);
    const version = entry?.stat.version;
    try {
      await store.commit([
        version === undefined ? { op: 'create', path, data } : { op: 'set', path, data, version },
      ]);
    } catch (error) {
      if (!isDroverError(error, 'STORE_UNAVAILABLE', 'STORE_OUTCOME_UNKNOWN')) throw error;
    }
    return false;
  };
  await eventually(once, `${path} = ${value}`, PATIENT.deadlineMs);
}

interface Stage {
  readonly path: string;
  readonly store: Store;
  readonly witness: Store;
  /** The value at `path`, and the owner of the ephemeral beside it, as the witness sees them. */
  readonly values: Deliveries<string | undefined>;
  readonly owners: Deliveries<string | undefined>;
}

/** A store that owns an ephemeral, and another client that watches it. */
async function stage(t: Test, path: string): Promise<Stage> {
  const store = await opened(cluster.endpoints, SESSION);
  const witness = await opened(cluster.endpoints, SESSION);
  t.teardown(() => Promise.all([store.close(), witness.close()]));
  await persist(store, path, 'before');
  await store.commit([{ op: 'create', path: `${path}-mine`, data: bytes(''), mode: 'ephemeral' }]);
  const values = new Deliveries<string | undefined>();
  const owners = new Deliveries<string | undefined>();
  witness.watch(path, (entry) => values.listener(text(entry?.data)));
  witness.watch(`${path}-mine`, (entry) => owners.listener(entry?.stat.owner));
  await values.until('the first value', (value) => value === 'before');
  await owners.until('the owner', (owner) => owner === store.session().id);
  return { path, store, witness, values, owners };
}

/** Work goes on, the session is the same, and nobody saw its ephemeral go. */
async function unharmed(
  t: Test,
  { path, store, values, owners }: Stage,
  id: string | undefined,
): Promise<void> {
  await persist(store, path, 'after');
  await values.until('the value after', (value) => value === 'after');
  await inState(store, 'connected');
  t.equal(store.session().id, id);
  t.same(owners.all, [id]);
  t.same(values.all, ['before', 'after']);
}

void t.test('the leader is killed: sessions, ephemerals and watches live on', async (t) => {
  const scene = await stage(t, '/leader-killed');
  const { id } = scene.store.session();
  const leader = await cluster.leader();
  await leader.kill();
  await unharmed(t, scene, id);
  leader.start();
  await cluster.ready();
});

void t.test(
  'the leader stops answering: the others take over, and it comes back as one of them',
  async (t) => {
    const scene = await stage(t, '/leader-stopped');
    const { id } = scene.store.session();
    const leader = await cluster.leader();
    leader.pause();
    await unharmed(t, scene, id);
    leader.resume();
    await cluster.ready();
  },
);

void t.test(
  'all are stopped and two come back: what was written is there, and the session goes on',
  async (t) => {
    const scene = await stage(t, '/all-stopped');
    const { store, witness } = scene;
    const { id } = store.session();
    await Promise.all(cluster.servers.map((server) => server.kill()));
    await Promise.all([inState(store, 'suspended'), inState(witness, 'suspended')]);
    await t.rejects(store.commit([{ op: 'check', path: '/', version: 0 }]), { code: 'STORE_UNAVAILABLE' });
    const [first, ...two] = cluster.servers;
    for (const server of two) server.start();
    await unharmed(t, scene, id);
    first?.start();
    await cluster.ready();
  },
);

void t.test('zk-14: after a sync a follower shows what was committed before', async (t) => {
  const leader = await cluster.leader();
  const follower = cluster.servers.find((server) => server !== leader);
  const writer = await opened([leader.endpoint], SESSION);
  const reader = await opened([follower?.endpoint ?? ''], SESSION);
  t.teardown(() => Promise.all([writer.close(), reader.close()]));
  await writer.commit([{ op: 'create', path: '/zk-14', data: bytes('') }]);
  const seen: (number | undefined)[] = [];
  const ROUNDS = 100;
  for (let version = 0; version < ROUNDS; version += 1) {
    await writer.commit([{ op: 'set', path: '/zk-14', data: bytes(''), version }]);
    await reader.sync();
    seen.push((await reader.read('/zk-14'))?.stat.version);
  }
  t.same(
    seen,
    Array.from({ length: ROUNDS }, (_, at) => at + 1),
  );
});

void t.test(
  'zk-6: the session moved to another server: back on a new connection, nothing done twice',
  async (t) => {
    const [one, two] = cluster.servers;
    const proxy = await ZooKeeperProxy.start({ target: one?.endpoint ?? '' });
    const store = await opened([proxy.endpoint], SESSION);
    t.teardown(() => Promise.all([store.close(), proxy.tcp.close()]));
    const { id } = store.session();
    const thief = await takeOver(two?.endpoint ?? '', proxy.keys);
    t.teardown(() => thief.destroy());
    const write = { op: 'create', path: '/moved-', data: bytes(''), mode: 'ephemeral-sequential' } as const;
    // The server refuses by ending the connection: now or, had a beat come first, before.
    await t.rejects(store.commit([write]), { code: /STORE_OUTCOME_UNKNOWN|STORE_UNAVAILABLE/ });
    await inState(store, 'connected');
    t.equal(store.session().id, id);
    await store.commit([write]);
    const names = (await store.children('/'))?.names.filter((name) => name.startsWith('moved-'));
    t.equal(names?.length, 1);
  },
);
