import t from 'tap';
import { Turns } from '../../../lib/core/index.js';

void t.test('work is done in turn, and one that fails holds up no other', async (t) => {
  const turns = new Turns();
  const told: string[] = [];
  let end: () => void = () => undefined;
  const first = turns.take('one', async () => {
    await new Promise<void>((resolve) => (end = resolve));
    told.push('first');
    throw new Error('broken');
  });
  const second = turns.take('one', () => Promise.resolve(told.push('second')));
  first.catch(() => undefined);
  await Promise.resolve();
  t.same(told, []);
  end();
  await t.rejects(first, { message: 'broken' });
  t.equal(await second, 2);
  t.same(told, ['first', 'second']);
});

void t.test('works of different names do not wait for each other', async (t) => {
  const turns = new Turns();
  let end: () => void = () => undefined;
  const first = turns.take('one', () => new Promise<void>((resolve) => (end = resolve)));
  const second = turns.take('one', () => Promise.resolve('second'));
  t.equal(await turns.take('other', () => Promise.resolve('other')), 'other');
  end();
  await first;
  t.equal(await second, 'second');
});
