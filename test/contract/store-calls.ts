import type { Test } from 'tap';
import { DroverError } from '../../lib/core/index.js';
import { contractTest, create, freshText, type MakeFixture, refused, textOf } from './store-fixture.js';

/** How calls wait, give up and are cancelled. */
export function storeCalls(t: Test, make: MakeFixture): void {
  contractTest(t, make, 'sync sees what others committed before', async (t, ground) => {
    const { store, root } = ground;
    const other = await ground.open();
    for (let round = 0; round < 5; round += 1) {
      await store.commit([create(`${root}/${round}`, 'x')]);
      t.equal(await freshText(other, `${root}/${round}`), 'x');
    }
  });

  contractTest(t, make, 'a read sees the own writes before it', async (t, { store, root }) => {
    for (let round = 0; round < 5; round += 1) {
      await store.commit([create(`${root}/${round}`, 'x')]);
      t.equal(textOf((await store.read(`${root}/${round}`))?.data), 'x');
    }
    const commit = store.commit([create(`${root}/pipelined`, 'x')]);
    t.equal(textOf((await store.read(`${root}/pipelined`))?.data), 'x', 'also one not yet answered');
    await commit;
  });

  contractTest(t, make, 'a commit while cut off is not sent', async (t, ground) => {
    const { store, root } = ground;
    const session = store.session().id ?? '';
    await ground.disconnect(store);
    await ground.eventually(() => store.session().state === 'suspended', 'suspended');
    await refused(t, store.commit([create(`${root}/a`)]), 'STORE_UNAVAILABLE', 'any commit');
    await refused(
      t,
      store.commit([create(`${root}/a`)], { session }),
      'STORE_UNAVAILABLE',
      'within the session',
    );
    await ground.reconnect(store);
    await ground.eventually(() => store.session().state === 'connected', 'connected again');
    t.equal(await freshText(store, `${root}/a`), undefined);
  });

  contractTest(t, make, 'reads wait for the connection', async (t, ground) => {
    const { store, root } = ground;
    await store.commit([create(`${root}/a`, 'x')]);
    await ground.disconnect(store);
    await ground.eventually(() => store.session().state === 'suspended', 'suspended');
    const reads = Promise.all([store.read(`${root}/a`), store.children(root), store.sync()]);
    await ground.reconnect(store);
    const [entry, children] = await reads;
    t.equal(textOf(entry?.data), 'x');
    t.same(children?.names, ['a']);
  });

  contractTest(t, make, 'a read gives up at its deadline', async (t, ground) => {
    const { store, root } = ground;
    await ground.disconnect(store);
    await ground.eventually(() => store.session().state === 'suspended', 'suspended');
    await refused(t, store.read(root, { deadlineMs: 50 }), 'DEADLINE', 'a read');
    await refused(t, store.children(root, { deadlineMs: 50 }), 'DEADLINE', 'children');
    await refused(t, store.sync({ deadlineMs: 50 }), 'DEADLINE', 'a sync');
    await ground.reconnect(store);
    t.equal((await store.read(root))?.path, root, 'the next one is answered');
  });

  contractTest(t, make, 'a signal that is aborted stops the call', async (t, ground) => {
    const { store, root } = ground;
    const reason = new DroverError('CANCELLED', { object: 'the test', reason: 'enough' });
    const signal = AbortSignal.abort(reason);
    await t.rejects(store.commit([create(`${root}/a`)], { signal }), { code: 'CANCELLED' });
    await t.rejects(store.read(root, { signal }), { code: 'CANCELLED' });
    t.equal(await freshText(store, `${root}/a`), undefined, 'nothing was sent');
    await ground.disconnect(store);
    await ground.eventually(() => store.session().state === 'suspended', 'suspended');
    const abort = new AbortController();
    const read = store.read(root, { signal: abort.signal });
    abort.abort(reason);
    await t.rejects(read, { code: 'CANCELLED' }, 'also one that waits');
  });
}
