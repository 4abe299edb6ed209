import type { Test } from 'tap';
import { contractTest, create, freshText, type MakeFixture, refused, statesOf } from './store-fixture.js';

/** Sessions: what lives and dies with them, and what a client knows of its own. */
export function storeSessions(t: Test, make: MakeFixture): void {
  contractTest(t, make, 'a connected session has an id, a timeout and a lease', async (t, ground) => {
    const { store } = ground;
    const session = store.session();
    t.equal(session.state, 'connected');
    t.match(session.id, /^(0x)?[0-9a-f]+$/);
    t.ok(session.timeoutMs > 0);
    t.ok(session.leaseUntil > 0);
    t.not((await ground.open()).session().id, session.id);
  });

  contractTest(t, make, 'the lease grows while connected, and not when cut off', async (t, ground) => {
    const { store } = ground;
    const first = store.session().leaseUntil;
    await ground.eventually(() => store.session().leaseUntil > first, 'a longer lease');
    await ground.disconnect(store);
    await ground.eventually(() => store.session().state === 'suspended', 'suspended');
    const { leaseUntil } = store.session();
    const states = statesOf(store);
    await ground.eventually(() => states.some(({ state }) => state === 'lost'), 'lost by the own clock');
    const known = states.slice(
      0,
      states.findIndex(({ state }) => state === 'lost'),
    );
    t.same(
      known.filter((session) => session.leaseUntil > leaseUntil),
      [],
      'never longer than before',
    );
  });

  contractTest(t, make, 'an ephemeral goes when its owner closes', async (t, ground) => {
    const { store, root } = ground;
    const other = await ground.open();
    await other.commit([create(`${root}/e`, 'x', 'ephemeral'), create(`${root}/p`)]);
    await store.sync();
    t.equal((await store.read(`${root}/e`))?.stat.owner, other.session().id);
    await other.close();
    await store.sync();
    t.same((await store.children(root))?.names, ['p'], 'at once, and only it');
  });

  contractTest(t, make, 'an ephemeral stays over a disconnect', async (t, ground) => {
    const { store, root } = ground;
    const other = await ground.open();
    await other.commit([create(`${root}/e`, 'x', 'ephemeral')]);
    const { id } = other.session();
    const states = statesOf(other);
    await ground.disconnect(other);
    await ground.eventually(() => other.session().state === 'suspended', 'suspended');
    t.equal(other.session().id, id, 'the session may still live');
    t.equal(await freshText(store, `${root}/e`), 'x');
    await ground.reconnect(other);
    await ground.eventually(() => other.session().state === 'connected', 'connected again');
    t.equal(other.session().id, id);
    t.same(
      states.map(({ state }) => state),
      ['suspended', 'connected'],
    );
    t.equal(await freshText(store, `${root}/e`), 'x');
  });

  contractTest(t, make, 'expiry takes the ephemerals and makes a new session', async (t, ground) => {
    const { store, root } = ground;
    const other = await ground.open();
    await other.commit([create(`${root}/e`, 'x', 'ephemeral'), create(`${root}/p`, 'x')]);
    const { id } = other.session();
    const states = statesOf(other);
    await ground.expire(other);
    await ground.eventually(
      async () => (await freshText(store, `${root}/e`)) === undefined,
      'the ephemeral gone',
    );
    t.equal(await freshText(store, `${root}/p`), 'x');
    const renewed = () => other.session().state === 'connected' && other.session().id !== id;
    await ground.eventually(renewed, 'connected with a new session');
    const lost = states.findIndex(({ state }) => state === 'lost');
    t.ok(lost >= 0, 'it was told of the loss');
    t.same(
      states.slice(lost).map(({ state }) => state),
      ['lost', 'connecting', 'connected'],
    );
    await other.commit([create(`${root}/e`, 'y', 'ephemeral')]);
    t.equal((await other.read(`${root}/e`))?.stat.owner, other.session().id);
  });

  contractTest(t, make, 'cut off for too long, the session is lost by the own clock', async (t, ground) => {
    const { store, root } = ground;
    const other = await ground.open();
    await other.commit([create(`${root}/e`, 'x', 'ephemeral')]);
    const { id } = other.session();
    const states = statesOf(other);
    await ground.disconnect(other);
    await ground.eventually(() => states.some(({ state }) => state === 'lost'), 'lost');
    const lost = states.findIndex(({ state }) => state === 'lost');
    t.same(
      states.slice(0, lost + 2).map(({ state }) => state),
      ['suspended', 'lost', 'connecting'],
    );
    t.equal(other.session().id, undefined);
    t.equal(other.session().timeoutMs, 0);
    await ground.eventually(
      async () => (await freshText(store, `${root}/e`)) === undefined,
      'the ephemeral gone',
    );
    await ground.reconnect(other);
    await ground.eventually(() => other.session().state === 'connected', 'connected again');
    t.not(other.session().id, id);
  });

  contractTest(t, make, 'a commit within a session that is over is refused', async (t, ground) => {
    const { store, root } = ground;
    const session = store.session().id ?? '';
    await store.commit([create(`${root}/a`)], { session });
    await ground.expire(store);
    const renewed = () => store.session().state === 'connected' && store.session().id !== session;
    await ground.eventually(renewed, 'connected with a new session');
    await refused(
      t,
      store.commit([create(`${root}/b`)], { session }),
      'STORE_SESSION_LOST',
      'the old session',
    );
    t.equal(await freshText(store, `${root}/b`), undefined);
    await store.commit([create(`${root}/b`)], { session: store.session().id ?? '' });
  });

  contractTest(t, make, 'a closed listener hears nothing more', async (t, ground) => {
    const { store } = ground;
    const heard = statesOf(store);
    let closedHeard = 0;
    store.onSession(() => (closedHeard += 1)).close();
    await ground.disconnect(store);
    await ground.eventually(() => heard.length > 0, 'the other listener hears');
    t.equal(closedHeard, 0);
  });

  contractTest(t, make, 'close is the end', async (t, ground) => {
    const { store, root } = ground;
    const other = await ground.open();
    const session = other.session().id ?? '';
    const states = statesOf(other);
    await Promise.all([other.close(), other.close()]);
    t.match(other.session(), { state: 'closed', id: undefined, timeoutMs: 0 });
    t.same(
      states.map(({ state }) => state),
      ['closed'],
    );
    await refused(t, other.read(root), 'STORE_UNAVAILABLE', 'a read');
    await refused(t, other.children(root), 'STORE_UNAVAILABLE', 'children');
    await refused(t, other.sync(), 'STORE_UNAVAILABLE', 'a sync');
    await refused(t, other.commit([create(`${root}/a`)]), 'STORE_UNAVAILABLE', 'a commit');
    await refused(
      t,
      other.commit([create(`${root}/a`)], { session }),
      'STORE_SESSION_LOST',
      'within its session',
    );
    await other.close();
    t.equal(await freshText(store, `${root}/a`), undefined);
  });

  contractTest(t, make, 'close works while cut off', async (t, ground) => {
    const { store } = ground;
    await ground.disconnect(store);
    await ground.eventually(() => store.session().state === 'suspended', 'suspended');
    await store.close();
    t.equal(store.session().state, 'closed');
  });
}
