import t from 'tap';
import { isDroverError, Scope } from '../../../lib/core/index.js';

void t.test('closing runs clean-ups in reverse, once, children first', async (t) => {
  const order: string[] = [];
  const scope = new Scope('parent');
  scope.defer(() => void order.push('first'));
  const child = scope.child('child');
  child.defer(() => void order.push('child'));
  scope.defer(() => void order.push('last'));
  await Promise.all([scope.close('test'), scope.close('again')]);
  t.same(order, ['last', 'child', 'first']);
  t.ok(child.closed);
});

void t.test('closing aborts and waits for what runs', async (t) => {
  const scope = new Scope('s');
  let ended = false;
  const work = scope.run(async (signal) => {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.resolve();
    ended = true;
  });
  await scope.close('because');
  t.ok(ended);
  await work;
  t.ok(isDroverError(scope.signal.reason, 'CANCELLED'));
  t.throws(() => scope.defer(() => undefined), { code: 'CANCELLED' });
});

void t.test('a failing clean-up stops no other and is told', async (t) => {
  const scope = new Scope('s');
  let ran = false;
  scope.defer(() => {
    ran = true;
  });
  scope.defer(() => {
    throw new Error('boom');
  });
  await t.rejects(scope.close(), /1 clean-ups failed/);
  t.ok(ran);
});

void t.test('a closed child is forgotten by its parent', async (t) => {
  const scope = new Scope('s');
  let closes = 0;
  const child = scope.child('c');
  child.defer(() => void closes++);
  await child.close();
  await scope.close();
  t.equal(closes, 1);
});
