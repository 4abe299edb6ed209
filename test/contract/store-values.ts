import type { Test } from 'tap';
import {
  check,
  conflicts,
  contractTest,
  create,
  type MakeFixture,
  refused,
  remove,
  set,
  textOf,
} from './store-fixture.js';

/** One value: what is created, changed and deleted, and what the server says of it. */
export function storeValues(t: Test, make: MakeFixture): void {
  contractTest(t, make, 'what does not exist is undefined', async (t, { store, root }) => {
    t.equal(await store.read(`${root}/none`), undefined);
    t.equal(await store.children(`${root}/none`), undefined);
    t.equal(await store.read(`${root}/none/deeper`), undefined);
  });

  contractTest(t, make, 'a created value is read back', async (t, { store, root }) => {
    const path = `${root}/a`;
    t.same(await store.commit([create(path, 'grün')]), [{ path }]);
    const entry = await store.read(path);
    t.equal(textOf(entry?.data), 'grün');
    t.match(entry, { path, stat: { version: 0, childrenVersion: 0, owner: undefined } });
    t.ok((entry?.stat.czxid ?? 0n) > 0n);
    t.equal(entry?.stat.mzxid, entry?.stat.czxid);
    t.equal(entry?.stat.pzxid, entry?.stat.czxid);
    t.same((await store.children(path))?.names, []);
    t.equal((await store.read(root))?.data.length, 0, 'an empty value is a value');
  });

  contractTest(t, make, 'a create that cannot be says why', async (t, { store, root }) => {
    await store.commit([create(`${root}/a`), create(`${root}/e`, '', 'ephemeral')]);
    await conflicts(t, store.commit([create(`${root}/a`, 'x')]), 0, 'exists', 'an existing one');
    await conflicts(t, store.commit([create(`${root}/n/x`)]), 0, 'missing', 'no parent');
    await conflicts(
      t,
      store.commit([create(`${root}/e/x`)]),
      0,
      'ephemeral-parent',
      'a child of an ephemeral',
    );
    t.equal(textOf((await store.read(`${root}/a`))?.data), '', 'the existing one is as it was');
  });

  contractTest(t, make, 'a set needs the version it was decided from', async (t, { store, root }) => {
    const path = `${root}/a`;
    await store.commit([create(path, 'one')]);
    const created = await store.read(path);
    const [written] = await store.commit([set(path, 'two', 0)]);
    const entry = await store.read(path);
    t.equal(textOf(entry?.data), 'two');
    t.equal(entry?.stat.version, 1);
    t.ok((entry?.stat.mzxid ?? 0n) > (created?.stat.mzxid ?? 0n), 'the last write is a later transaction');
    t.equal(entry?.stat.czxid, created?.stat.czxid);
    t.same(written, { path, stat: entry?.stat }, 'a set answers with the stat');
    await conflicts(
      t,
      store.commit([set(path, 'x', 0)]),
      0,
      'version',
      'version 0 does not mean any version',
    );
    await conflicts(t, store.commit([set(path, 'x', 2)]), 0, 'version', 'a version that is still to come');
    await conflicts(t, store.commit([set(`${root}/none`, 'x', 0)]), 0, 'missing', 'nothing there');
    t.equal(textOf((await store.read(path))?.data), 'two');
  });

  contractTest(t, make, 'setting an equal value is a write', async (t, { store, root }) => {
    const path = `${root}/a`;
    await store.commit([create(path, 'same')]);
    const before = await store.read(path);
    await store.commit([set(path, 'same', 0)]);
    const after = await store.read(path);
    t.equal(after?.stat.version, 1);
    t.ok((after?.stat.mzxid ?? 0n) > (before?.stat.mzxid ?? 0n));
  });

  contractTest(t, make, 'a delete needs the version and no children', async (t, { store, root }) => {
    const path = `${root}/a`;
    await store.commit([create(path), create(`${path}/b`), set(path, 'x', 0)]);
    await conflicts(t, store.commit([remove(path, 0)]), 0, 'version', 'version 0 does not mean any version');
    await conflicts(t, store.commit([remove(path, 1)]), 0, 'not-empty', 'with a child');
    await conflicts(t, store.commit([remove(`${root}/none`, 0)]), 0, 'missing', 'nothing there');
    await store.commit([remove(`${path}/b`, 0)]);
    t.same(await store.commit([remove(path, 1)]), [{ path }]);
    t.equal(await store.read(path), undefined);
    await store.commit([create(path)]);
    t.equal((await store.read(path))?.stat.version, 0, 'a new one begins anew');
  });

  contractTest(t, make, 'a check compares the version', async (t, { store, root }) => {
    const path = `${root}/a`;
    await store.commit([create(path), set(path, 'x', 0)]);
    t.same(await store.commit([check(path, 1)]), [{ path }]);
    await conflicts(t, store.commit([check(path, 0)]), 0, 'version', 'version 0 does not mean any version');
    await conflicts(t, store.commit([check(`${root}/none`, 0)]), 0, 'missing', 'nothing there');
  });

  contractTest(t, make, 'a parent counts the changes of its children', async (t, { store, root }) => {
    const before = await store.read(root);
    await store.commit([create(`${root}/b`), create(`${root}/a`)]);
    await store.commit([remove(`${root}/b`, 0)]);
    await store.commit([create(`${root}/c`)]);
    const last = await store.read(`${root}/c`);
    const children = (await store.children(root))!;
    t.same(children.names, ['a', 'c'], 'sorted');
    t.equal(children.stat.childrenVersion, 4, 'three creates and one delete');
    t.equal(children.stat.pzxid, last?.stat.czxid, 'the last of them');
    t.equal(children.stat.version, 0, 'its value is as it was');
    t.equal(children.stat.mzxid, before?.stat.mzxid);
    await store.commit([remove(`${root}/c`, 0)]);
    t.ok(((await store.read(root))?.stat.pzxid ?? 0n) > children.stat.pzxid, 'a delete is a change, too');
  });

  contractTest(t, make, 'sequential names count the creates under the parent', async (t, { store, root }) => {
    const next = async (mode: 'sequential' | 'ephemeral-sequential') =>
      (await store.commit([create(`${root}/n-`, '', mode)]))[0]?.path;
    t.equal(await next('sequential'), `${root}/n-0000000000`);
    await store.commit([create(`${root}/other`)]);
    t.equal(await next('sequential'), `${root}/n-0000000002`, 'any create counts');
    await store.commit([remove(`${root}/n-0000000002`, 0)]);
    t.equal(await next('ephemeral-sequential'), `${root}/n-0000000003`, 'a delete gives no number back');
    const owner = (await store.read(`${root}/n-0000000003`))?.stat.owner;
    t.equal(owner, store.session().id);
    const both = await store.commit([
      create(`${root}/s-`, '', 'sequential'),
      create(`${root}/s-`, '', 'sequential'),
    ]);
    t.same(
      both,
      [{ path: `${root}/s-0000000004` }, { path: `${root}/s-0000000005` }],
      'also in one transaction',
    );
  });

  contractTest(t, make, 'a path or version that cannot be is refused', async (t, { store, root }) => {
    for (const path of ['', 'relative', `${root}/`, `${root}//a`, `${root}/../a`])
      await refused(t, store.commit([create(path)]), 'BAD_INPUT', JSON.stringify(path));
    await refused(t, store.read('relative'), 'BAD_INPUT', 'a read of it');
    await refused(t, store.commit([set(root, 'x', -1)]), 'BAD_INPUT', 'no version means any version');
    t.equal((await store.read(root))?.stat.version, 0);
  });
}
