import t from 'tap';
import { resultOfRun, type RunLine } from '../../../lib/task/index.js';
import { ended } from '../../../lib/task/status.js';
import type { DroverError } from '../../../lib/core/index.js';

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
