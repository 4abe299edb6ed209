import t from 'tap';
import { liveThroughSeeds } from '../support/ownership-seeds.js';

void t.test(
  'election, holders and slots keep their promises under lost replies, stale reads and pauses',
  (t) => liveThroughSeeds(t, { from: 1, count: 500, killedSessions: false }),
);
