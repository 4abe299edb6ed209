import type { Test } from 'tap';
import { storeCalls } from './store-calls.js';
import type { MakeFixture } from './store-fixture.js';
import { storeSessions } from './store-sessions.js';
import { storeTransactions } from './store-transactions.js';
import { storeValues } from './store-values.js';
import { storeWatches } from './store-watches.js';

export type { MakeFixture, StoreFixture } from './store-fixture.js';

/** What every Store does, the real one and the simulated one alike. */
export function storeContract(t: Test, fixture: MakeFixture): void {
  void t.test('values', (t) => part(t, storeValues, fixture));
  void t.test('transactions', (t) => part(t, storeTransactions, fixture));
  void t.test('sessions', (t) => part(t, storeSessions, fixture));
  void t.test('watches', (t) => part(t, storeWatches, fixture));
  void t.test('calls', (t) => part(t, storeCalls, fixture));
}

function part(t: Test, tests: (t: Test, fixture: MakeFixture) => void, fixture: MakeFixture): void {
  tests(t, fixture);
  t.end();
}
