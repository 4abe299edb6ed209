import t from 'tap';
import { resultOfRun, Run, type RunLine } from '../../../lib/task/index.js';
import { ended } from '../../../lib/task/status.js';
import type { DroverError } from '../../../lib/core/index.js';
import { simWorld } from '../../support/sim-world.js';

const line = (object: string, ok: boolean): RunLine => ({
  ...{ object, ok, ms: 1, bytes: 2 },
  text: ok ? 'well' : 'badly',
});
const words = {
  ...{ what: 'mirrors', incomplete: 'MIRROR_INCOMPLETE' as const },
  message: (count: number) => `${count} are well.`,
};

void t.test('a run that went well answers with all of its lines', (t) => {
  t.same(resultOfRun({ lines: [line('a', true)] }, [], words), {
    message: '1 are well.',
    mirrors: [{ object: 'a', ok: true, text: 'well', ms: 1, bytes: 2 }],
  });
  t.end();
});

void t.test('one of which a part failed fails, and its task has every line all the same', (t) => {
  let error: unknown;
  try {
    resultOfRun({ lines: [line('a', true), line('b', false)] }, ['no mail'], words);
  } catch (thrown) {
    error = thrown;
  }
  t.match(error, { code: 'MIRROR_INCOMPLETE', message: /^1 of 2 mirrors: .*b: badly; no mail/ });
  const status = ended(undefined, { state: 'failed', error: error as DroverError }, 5);
  t.match(status, {
    state: 'failed',
    error: { code: 'MIRROR_INCOMPLETE' },
    result: {
      mirrors: [
        { object: 'a', ok: true },
        { object: 'b', ok: false },
      ],
      reports: ['no mail'],
    },
  });
  t.end();
});

void t.test('a run has a line for each of its objects, by their names, whatever fails', (t) => {
  const { clock } = simWorld('run').clock.process('worker');
  const cancelled = new AbortController();
  const run = new Run(clock, { id: 'night-1', signal: cancelled.signal });
  run.failed('b', clock.monotonic() - 5, new Error('badly'));
  run.done('a', { text: 'well', ms: 7, bytes: 9 });
  t.match(run.summary('Autobackup', 'east'), {
    ...{ what: 'Autobackup', cluster: 'east', task: 'night-1' },
    lines: [
      { object: 'a', ok: true, text: 'well', ms: 7, bytes: 9 },
      { object: 'b', ok: false, text: 'badly', ms: 5, bytes: 0 },
    ],
  });
  cancelled.abort();
  const why = new Error('what failed while it ended');
  t.throws(() => run.failed('c', 0, why), why, 'once it is cancelled, what fails ends it');
  t.end();
});
