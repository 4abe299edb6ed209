import t from 'tap';
import { liveThroughSeeds } from '../support/ownership-seeds.js';

void t.test('election and holders keep their promises when sessions are also ended out of turn', (t) =>
  liveThroughSeeds(t, { from: 500_001, count: 500, killedSessions: true }),
);
