import t from 'tap';
import { tasksThroughSeeds } from '../support/task-seeds.js';

void t.test(
  'N45 M42: a task ends exactly once and acts only under its claim, under lost replies, stale reads, pauses and deaths',
  (t) => tasksThroughSeeds(t, { from: 1, count: 250, killedSessions: false }),
);
