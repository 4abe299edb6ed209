import { getEventListeners } from 'node:events';
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

void t.test('a scope that closes waits for a child that is closing already', async (t) => {
  const scope = new Scope('s');
  const order: string[] = [];
  const child = scope.child('c');
  child.defer(async () => {
    await Promise.resolve();
    await Promise.resolve();
    order.push('child');
  });
  const closing = child.close();
  await scope.close();
  order.push('scope');
  await closing;
  t.same(order, ['child', 'scope']);
});

void t.test('work that waits for a child of its scope does not hold up the closing', async (t) => {
  const scope = new Scope('s');
  const work = scope.run(async () => {
    const child = scope.child('c');
    await new Promise<void>((resolve) =>
      child.signal.addEventListener('abort', () => resolve(), { once: true }),
    );
    t.ok(isDroverError(child.signal.reason, 'CANCELLED'));
    return 'ended';
  });
  await scope.close();
  t.equal(await work, 'ended');
});

void t.test('a closed child leaves nothing at its parent’s signal', async (t) => {
  const scope = new Scope('s');
  for (let n = 0; n < 3; n++) await scope.child('c').close();
  t.same(getEventListeners(scope.signal, 'abort'), []);
});

void t.test('what is taken back does not run', async (t) => {
  const scope = new Scope('s');
  let runs = 0;
  const forget = scope.defer(() => void runs++);
  forget();
  forget();
  await scope.close();
  t.equal(runs, 0);
});

void t.test('clean-ups run one after the other', async (t) => {
  const scope = new Scope('s');
  const order: string[] = [];
  scope.defer(() => void order.push('second'));
  scope.defer(async () => {
    await Promise.resolve();
    order.push('first');
  });
  await scope.close();
  t.same(order, ['first', 'second']);
});

void t.test('the failure of work is its caller’s, not the closing’s', async (t) => {
  const scope = new Scope('s');
  const boom = new Error('boom');
  const work = scope.run(() => Promise.reject(boom));
  await t.rejects(work, boom);
  await t.resolves(scope.close());
});

void t.test('a closed scope starts nothing', async (t) => {
  const scope = new Scope('s');
  await scope.close('over');
  let ran = false;
  const start = () => scope.run(() => Promise.resolve((ran = true)));
  t.throws(start, { code: 'CANCELLED', object: 's', reason: 'over' });
  t.throws(() => scope.child('c'), { code: 'CANCELLED' });
  t.notOk(ran);
});

void t.test('a failing child stops no other clean-up of its parent', async (t) => {
  const scope = new Scope('s');
  let ran = false;
  scope.defer(() => {
    ran = true;
  });
  scope.child('c').defer(() => Promise.reject(new Error('boom')));
  const failure: unknown = await scope.close().catch((error: unknown) => error);
  t.ok(failure instanceof AggregateError && failure.errors[0] instanceof AggregateError);
  t.ok(ran);
});

void t.test('names tell where a scope belongs', (t) => {
  t.equal(new Scope('node').child('vm').child('watch').name, 'node/vm/watch');
  t.end();
});

void t.test('what fails in a scope and is not listened to is not swallowed', async (t) => {
  const scope = new Scope('s');
  const unheard = new Promise<unknown>((resolve) => {
    const before = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.once('unhandledRejection', (reason) => {
      for (const listener of before) process.on('unhandledRejection', listener);
      resolve(reason);
    });
  });
  const boom = new Error('boom');
  void scope.run(() => Promise.reject(boom));
  t.equal(await unheard, boom);
  await scope.close();
});
