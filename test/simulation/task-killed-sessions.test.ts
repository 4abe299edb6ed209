import t from 'tap';
import { tasksThroughSeeds } from '../support/task-seeds.js';

void t.test('N45: a task ends exactly once when sessions are also ended out of turn', (t) =>
  tasksThroughSeeds(t, { from: 700_001, count: 150, killedSessions: true }),
);
