import t from 'tap';
import { Turns } from '../../../lib/core/index.js';

void t.test('work is done in turn, and one that fails holds up no other', async (t) => {
  const turns = new Turns();
  const told: string[] = [];
  let end: () => void = () => undefined;
  const first = turns.run(async () => {
    await new Promise<void>((resolve) => (end = resolve));
    told.push('first');
    throw new Error('broken');
  });
  const second = turns.run(() => Promise.resolve(told.push('second')));
  first.catch(() => undefined);
  await Promise.resolve();
  t.same(told, []);
  end();
  await t.rejects(first, { message: 'broken' });
  t.equal(await second, 2);
  t.same(told, ['first', 'second']);
});
