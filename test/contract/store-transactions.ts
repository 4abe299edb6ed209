import type { Test } from 'tap';
import { LIMITS } from '../../lib/core/index.js';
import type { Write } from '../../lib/ports/index.js';
import {
  check,
  conflicts,
  contractTest,
  create,
  freshText,
  type MakeFixture,
  refused,
  remove,
  set,
  statesOf,
  textOf,
} from './store-fixture.js';

/** Several writes at once, and what a commit answers when it cannot tell. */
export function storeTransactions(t: Test, make: MakeFixture): void {
  contractTest(t, make, 'M31: everything or nothing', async (t, { store, root }) => {
    await store.commit([create(`${root}/a`, 'old')]);
    const commit = store.commit([
      set(`${root}/a`, 'new', 0),
      create(`${root}/b`),
      check(`${root}/a`, 7),
      remove(`${root}/none`, 0),
    ]);
    const conflict = await conflicts(t, commit, 2, 'version', 'the first operation that fails');
    t.match(conflict?.write, { op: 'check', path: `${root}/a` });
    t.equal(textOf((await store.read(`${root}/a`))?.data), 'old');
    t.equal(await store.read(`${root}/b`), undefined);
  });

  contractTest(t, make, 'later operations see the earlier ones', async (t, { store, root }) => {
    const a = `${root}/a`;
    await store.commit([create(a), create(`${a}/b`), set(a, 'x', 0), check(a, 1), set(a, 'y', 1)]);
    t.match(await store.read(a), { stat: { version: 2, childrenVersion: 1 } });
    await store.commit([remove(`${a}/b`, 0), remove(a, 2), create(a, 'again')]);
    t.match(await store.read(a), { stat: { version: 0, childrenVersion: 0 } });
    await conflicts(t, store.commit([remove(a, 0), check(a, 0)]), 1, 'missing', 'a delete is seen, too');
  });

  contractTest(t, make, 'one transaction has one id', async (t, { store, root }) => {
    await store.commit([create(`${root}/a`), create(`${root}/b`), create(`${root}/gone`)]);
    await store.commit([set(`${root}/a`, 'x', 0), create(`${root}/c`), remove(`${root}/gone`, 0)]);
    const id = (await store.read(`${root}/c`))?.stat.czxid;
    t.equal((await store.read(`${root}/a`))?.stat.mzxid, id);
    t.equal((await store.children(root))?.stat.pzxid, id);
    t.ok(((await store.read(`${root}/b`))?.stat.mzxid ?? 0n) < (id ?? 0n));
  });

  contractTest(t, make, 'answers come in the order of the writes', async (t, { store, root }) => {
    await store.commit([create(`${root}/a`)]);
    const written = await store.commit([
      create(`${root}/s-`, '', 'sequential'),
      set(`${root}/a`, 'x', 0),
      check(`${root}/a`, 1),
    ]);
    const stat = (await store.read(`${root}/a`))?.stat;
    t.same(written, [{ path: `${root}/s-0000000001` }, { path: `${root}/a`, stat }, { path: `${root}/a` }]);
  });

  contractTest(t, make, 'many operations in one transaction', async (t, { store, root }) => {
    const count = LIMITS.storeTransactionOperations;
    const names = Array.from({ length: count }, (_, at) => `${root}/${String(at).padStart(4, '0')}`);
    await store.commit(names.map((path) => create(path, 'v')));
    t.equal((await store.children(root))?.names.length, count);
    await store.commit(names.map((path) => remove(path, 0)));
    t.same((await store.children(root))?.names, []);
  });

  contractTest(t, make, 'what is too large is refused before it is sent', async (t, { store, root }) => {
    const states = statesOf(store);
    const value = (path: string, size: number): Write => ({ op: 'create', path, data: new Uint8Array(size) });
    const over = store.commit([value(`${root}/a`, LIMITS.storeValueBytes + 1)]);
    await refused(t, over, 'STORE_TOO_LARGE', 'one value');
    const half = LIMITS.storeTransactionBytes / 2;
    const sum = store.commit([value(`${root}/a`, half), value(`${root}/b`, half)]);
    await refused(t, sum, 'STORE_TOO_LARGE', 'the sum, with the paths');
    t.same((await store.children(root))?.names, []);
    await store.commit([value(`${root}/a`, LIMITS.storeValueBytes)]);
    t.equal((await store.read(`${root}/a`))?.data.length, LIMITS.storeValueBytes, 'the limit itself fits');
    t.same(states, [], 'the connection did not suffer');
  });

  contractTest(t, make, 'M31: two that decide from one version: one wins', async (t, ground) => {
    const { store, root } = ground;
    const other = await ground.open();
    await store.commit([create(`${root}/a`, 'old')]);
    const outcomes = await Promise.allSettled([
      store.commit([set(`${root}/a`, 'mine', 0)]),
      other.commit([set(`${root}/a`, 'theirs', 0)]),
    ]);
    t.same(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    const winner = outcomes[0].status === 'fulfilled' ? 'mine' : 'theirs';
    t.equal(await freshText(store, `${root}/a`), winner);
    t.equal(await freshText(other, `${root}/a`), winner);
  });

  contractTest(t, make, 'a lost reply is an unknown outcome, never sent twice', async (t, ground) => {
    const { store, root } = ground;
    await store.commit([create(`${root}/a`)]);
    const { id } = store.session();
    await ground.loseReply(store);
    const commit = store.commit([set(`${root}/a`, 'x', 0), create(`${root}/n-`, '', 'sequential')]);
    await refused(t, commit, 'STORE_OUTCOME_UNKNOWN', 'the commit');
    t.equal(await freshText(store, `${root}/a`), 'x', 'it was applied');
    t.same((await store.children(root))?.names, ['a', 'n-0000000001'], 'once');
    await ground.eventually(() => store.session().state === 'connected', 'connected again');
    t.equal(store.session().id, id, 'within the same session');
    await store.commit([set(`${root}/a`, 'y', 1)]);
    t.equal(await freshText(store, `${root}/a`), 'y', 'work goes on');
  });
}
