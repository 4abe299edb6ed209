import t from 'tap';
import { forEachOf, together } from '../../../lib/core/index.js';

/** A promise that ends when it is told to. */
function open(): { readonly end: Promise<string>; resolve(text: string): void; reject(error: Error): void } {
  let resolve = (_: string) => {};
  let reject = (_: Error) => {};
  const end = new Promise<string>((yes, no) => ([resolve, reject] = [yes, no]));
  return { end, resolve, reject };
}

/** Lets everything that can go on go on. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

void t.test('together', (t) => {
  void t.test('comes to what all of them come to, in their order', async (t) => {
    t.same(await together([Promise.resolve(1), Promise.resolve('two')]), [1, 'two']);
  });

  void t.test('fails when all have ended, with the first failure of the list', async (t) => {
    const [one, other] = [open(), open()];
    let over = false;
    const all = together([one.end, other.end]).finally(() => (over = true));
    other.reject(new Error('other'));
    await settled();
    t.equal(over, false);
    one.reject(new Error('one'));
    await t.rejects(all, { message: 'one' });
  });
  t.end();
});

void t.test('forEachOf', (t) => {
  void t.test('takes the items in their order, so many at once', async (t) => {
    const works = [open(), open(), open()];
    const begun: string[] = [];
    const all = forEachOf(['a', 'b', 'c'], 2, async (item, at) => {
      begun.push(`${item}${at}`);
      await works[at]?.end;
    });
    await settled();
    t.same(begun, ['a0', 'b1']);
    works[1]?.resolve('');
    await settled();
    t.same(begun, ['a0', 'b1', 'c2']);
    works[0]?.resolve('');
    works[2]?.resolve('');
    await all;
  });

  void t.test('begins nothing after a failure, and waits for what it has begun', async (t) => {
    const works = [open(), open(), open()];
    const begun: number[] = [];
    let over = false;
    const all = forEachOf([0, 1, 2], 2, async (item) => {
      begun.push(item);
      await works[item]?.end;
    }).finally(() => (over = true));
    works[0]?.reject(new Error('broken'));
    await settled();
    t.equal(over, false);
    works[1]?.resolve('');
    await t.rejects(all, { message: 'broken' });
    t.same(begun, [0, 1]);
  });

  void t.test('more at once than there are items', async (t) => {
    const done: number[] = [];
    await forEachOf([1, 2], 8, async (item) => {
      await settled();
      done.push(item);
    });
    t.same(done, [1, 2]);
  });
  t.end();
});
