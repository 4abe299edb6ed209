import t from 'tap';
import { planMembership } from '../../../lib/ownership/membership.js';

const key = { owner: 's1', czxid: 5n, version: 0 };

void t.test('a node registers once per session', (t) => {
  t.match(planMembership({ session: 's1', key: undefined }), { step: { kind: 'register', session: 's1' } });
  t.match(planMembership({ session: 's1', key }), { do: 'rest', reason: 'registered' });
  t.match(planMembership({ session: undefined, key }), { do: 'rest' });
  t.end();
});

void t.test('the key of an earlier session is waited for, never deleted', (t) => {
  t.match(planMembership({ session: 's2', key }), { do: 'rest', reason: /s1/ });
  t.end();
});

void t.test('N3c a key that no session owns is rubbish and goes', (t) => {
  const rubbish = { ...key, owner: undefined, version: 4 };
  t.match(planMembership({ session: 's2', key: rubbish }), { step: { kind: 'clear', version: 4 } });
  t.end();
});
