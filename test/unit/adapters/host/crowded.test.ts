import t from 'tap';
import { fixture, processes, sh } from './support.js';

const adapter = new URL('../../../../lib/adapters/host/index.js', import.meta.url).href;

void t.test('without file descriptors a program does not start, and nothing worse', async (t) => {
  const script = 'ulimit -n 64; exec "$@"';
  const args = [process.execPath, fixture('crowded.mjs'), adapter];
  const { stdout } = await processes.run(sh(script, {}, ...args));
  const outcomes = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { spare: number; run: string; pipe: string });
  t.equal(outcomes.length, 11);
  for (const { spare, run, pipe } of outcomes) {
    t.match(run, /^(ok|COMMAND_FAILED)$/, `a run with ${spare} left`);
    t.match(pipe, /^(ok|COMMAND_FAILED)$/, `a pipe with ${spare} left`);
  }
  t.match(outcomes[0], { run: 'COMMAND_FAILED', pipe: 'COMMAND_FAILED' });
  t.match(outcomes.at(-1), { run: 'ok', pipe: 'ok' });
});
