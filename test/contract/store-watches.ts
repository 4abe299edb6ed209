import type { Test } from 'tap';
import type { Store } from '../../lib/ports/index.js';
import {
  contractTest,
  create,
  freshText,
  type Ground,
  type MakeFixture,
  remove,
  set,
  textOf,
} from './store-fixture.js';

/** What a watch delivered, in order: the text, or `undefined` for nothing there. */
function texts(store: Store, path: string): (string | undefined)[] {
  const seen: (string | undefined)[] = [];
  store.watch(path, (entry) => seen.push(textOf(entry?.data)));
  return seen;
}

function names(store: Store, path: string): (string | undefined)[] {
  const seen: (string | undefined)[] = [];
  store.watchChildren(path, (children) => seen.push(children?.names.join(' ')));
  return seen;
}

async function sees(ground: Ground, seen: (string | undefined)[], last: string | undefined): Promise<void> {
  await ground.eventually(
    () => seen.length > 0 && seen.at(-1) === last,
    `the watch delivers ${String(last)}`,
  );
}

/** Watches: the latest state, now and whenever it changed. */
export function storeWatches(t: Test, make: MakeFixture): void {
  contractTest(t, make, 'a value: now, and at each change', async (t, ground) => {
    const { store, root } = ground;
    const path = `${root}/a`;
    const seen = texts(store, path);
    t.same(seen, [], 'never within the call');
    await sees(ground, seen, undefined);
    await store.commit([create(path, 'one')]);
    await sees(ground, seen, 'one');
    await store.commit([set(path, 'two', 0)]);
    await sees(ground, seen, 'two');
    await store.commit([remove(path, 1)]);
    await sees(ground, seen, undefined);
    await store.commit([create(path, 'three')]);
    await sees(ground, seen, 'three');
    t.same(seen, [undefined, 'one', 'two', undefined, 'three']);
  });

  contractTest(t, make, 'a value that others change', async (t, ground) => {
    const { store, root } = ground;
    const other = await ground.open();
    await store.commit([create(`${root}/a`, 'one')]);
    await other.sync();
    const seen = texts(other, `${root}/a`);
    await sees(ground, seen, 'one');
    await store.commit([set(`${root}/a`, 'two', 0)]);
    await sees(ground, seen, 'two');
    await store.commit([create(`${root}/a/child`), create(`${root}/b`)]);
    await store.commit([set(`${root}/a`, 'two', 1)]);
    await ground.eventually(() => seen.length > 2, 'an equal value written is a change');
    t.same(seen, ['one', 'two', 'two'], 'children and neighbours are not');
  });

  contractTest(t, make, 'children: now, and at each change', async (t, ground) => {
    const { store, root } = ground;
    const path = `${root}/p`;
    const seen = names(store, path);
    await sees(ground, seen, undefined);
    await store.commit([create(path)]);
    await sees(ground, seen, '');
    await store.commit([create(`${path}/b`)]);
    await sees(ground, seen, 'b');
    await store.commit([create(`${path}/a`)]);
    await sees(ground, seen, 'a b');
    await store.commit([set(path, 'x', 0), create(`${path}/a/deeper`)]);
    await store.commit([remove(`${path}/b`, 0)]);
    await sees(ground, seen, 'a');
    await store.commit([remove(`${path}/a/deeper`, 0), remove(`${path}/a`, 0), remove(path, 1)]);
    await sees(ground, seen, undefined);
    t.same(seen, [undefined, '', 'b', 'a b', 'a', undefined]);
  });

  contractTest(t, make, 'a burst ends in the latest state', async (t, ground) => {
    const { store, root } = ground;
    const other = await ground.open();
    await store.commit([create(`${root}/a`, '-')]);
    await other.sync();
    const seen = texts(other, `${root}/a`);
    const listed = names(other, root);
    await sees(ground, seen, '-');
    await Promise.all(
      Array.from({ length: 50 }, (_, at) =>
        store.commit([set(`${root}/a`, String(at), at), create(`${root}/n${String(at).padStart(2, '0')}`)]),
      ),
    );
    await sees(ground, seen, '49');
    await ground.eventually(() => listed.at(-1)?.endsWith('n49') === true, 'the last name');
    const numbers = seen.slice(1).map(Number);
    t.same(
      numbers,
      [...numbers].sort((a, b) => a - b),
      'never back',
    );
    t.equal(new Set(numbers).size, numbers.length, 'each state once');
  });

  contractTest(t, make, 'several watches of one path', async (t, ground) => {
    const { store, root } = ground;
    const [one, two] = [texts(store, root), texts(store, root)];
    let closedHeard = 0;
    const closed = store.watch(root, () => (closedHeard += 1));
    closed.close();
    await sees(ground, one, '');
    await store.commit([set(root, 'x', 0)]);
    await sees(ground, one, 'x');
    await sees(ground, two, 'x');
    t.equal(closedHeard, 0, 'a closed one is silent');
  });

  contractTest(t, make, 'a watch that its listener closes is silent from then on', async (t, ground) => {
    const { store, root } = ground;
    let heard = 0;
    const watch = store.watch(root, () => {
      heard += 1;
      watch.close();
    });
    const other = texts(store, root);
    await sees(ground, other, '');
    await store.commit([set(root, 'x', 0)]);
    await sees(ground, other, 'x');
    t.equal(heard, 1);
  });

  contractTest(t, make, 'what changed while cut off is delivered after', async (t, ground) => {
    const { store, root } = ground;
    const other = await ground.open();
    await store.commit([create(`${root}/a`, 'one'), create(`${root}/same`, 'same')]);
    await other.sync();
    const [value, same, list] = [texts(other, `${root}/a`), texts(other, `${root}/same`), names(other, root)];
    await sees(ground, value, 'one');
    await sees(ground, same, 'same');
    await sees(ground, list, 'a same');
    await ground.disconnect(other);
    await ground.eventually(() => other.session().state === 'suspended', 'suspended');
    await store.commit([set(`${root}/a`, 'two', 0), create(`${root}/b`)]);
    await ground.reconnect(other);
    await sees(ground, value, 'two');
    await sees(ground, list, 'a b same');
    await store.commit([set(`${root}/a`, 'three', 1)]);
    await sees(ground, value, 'three');
    t.same(value, ['one', 'two', 'three']);
    t.same(same, ['same'], 'what did not change is not delivered again');
  });

  contractTest(t, make, 'a watch survives the session', async (t, ground) => {
    const { store, root } = ground;
    const other = await ground.open();
    await other.commit([create(`${root}/e`, 'mine', 'ephemeral'), create(`${root}/a`, 'one')]);
    const [own, value] = [texts(other, `${root}/e`), texts(other, `${root}/a`)];
    await sees(ground, own, 'mine');
    await sees(ground, value, 'one');
    await ground.expire(other);
    await sees(ground, own, undefined);
    t.equal(await freshText(store, `${root}/a`), 'one');
    await store.commit([set(`${root}/a`, 'two', 0)]);
    await sees(ground, value, 'two');
    t.same(own, ['mine', undefined]);
    t.same(value, ['one', 'two']);
  });

  contractTest(t, make, 'a watch made while cut off begins when the store is back', async (t, ground) => {
    const { store, root } = ground;
    await ground.disconnect(store);
    await ground.eventually(() => store.session().state === 'suspended', 'suspended');
    const seen = texts(store, root);
    await ground.reconnect(store);
    await sees(ground, seen, '');
    t.same(seen, ['']);
  });

  contractTest(t, make, 'nothing is delivered after close', async (t, ground) => {
    const { store, root } = ground;
    const other = await ground.open();
    await other.sync();
    const seen = texts(other, root);
    const own = texts(store, root);
    await sees(ground, seen, '');
    await other.close();
    await store.commit([set(root, 'x', 0)]);
    await sees(ground, own, 'x');
    t.same(seen, ['']);
  });
}
