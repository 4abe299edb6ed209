import t from 'tap';
import { isDroverError } from '../../../lib/core/index.js';
import { VM_STATES } from '../../../lib/tree/index.js';
import { stateFor, type StateWish } from '../../../lib/usecase/guard-rails.js';

const WISHES: readonly StateWish[] = ['start', 'stop', 'shutdown', 'restart', 'disable'];

function verdict(state: (typeof VM_STATES)[number], wish: StateWish, force: boolean): string {
  try {
    return stateFor({ name: 'web', state }, wish, force) ?? 'nothing';
  } catch (error) {
    if (isDroverError(error, 'REFUSED')) return 'refused';
    throw error;
  }
}

void t.test('a mirror is started, stopped or disabled only by force', (t) => {
  for (const wish of ['start', 'stop', 'disable'] as const) {
    t.equal(verdict('mirror', wish, false), 'refused', wish);
    t.equal(verdict('mirror', wish, true), wish, wish);
  }
  t.throws(() => stateFor({ name: 'web', state: 'mirror' }, 'start', false), {
    code: 'REFUSED',
    remedy: /drover vm mirror promote web/,
  });
  t.end();
});

void t.test('restart and shutdown need a started VM, also by force', (t) => {
  for (const state of VM_STATES)
    for (const wish of ['restart', 'shutdown'] as const) {
      const expected = state === 'start' ? wish : state === wish ? 'nothing' : 'refused';
      t.equal(verdict(state, wish, true), expected, `${wish} of ${state}`);
    }
  t.end();
});

void t.test('the same wish is never written twice, and what is being removed is left alone', (t) => {
  for (const wish of WISHES) {
    t.equal(verdict(wish, wish, false), 'nothing', wish);
    t.equal(verdict('delete', wish, true), 'refused', wish);
  }
  t.end();
});

void t.test('what a task is making is touched only by force', (t) => {
  for (const state of ['provision', 'import', 'restore'] as const) {
    t.equal(verdict(state, 'start', false), 'refused', state);
    t.equal(verdict(state, 'start', true), 'start', state);
  }
  t.end();
});
