import { join } from 'node:path';
import t from 'tap';
import { failureOf, isRunning, pidsIn, processes, sh, until } from './support.js';

const never = new AbortController().signal;

async function linesOf(script: string, outputBytes?: number): Promise<string[]> {
  const lines: string[] = [];
  const command = sh(script, outputBytes === undefined ? {} : { outputBytes });
  await processes.lines(command, (line) => void lines.push(line), never);
  return lines;
}

void t.test('lines arrive one by one, empty ones and an unfinished last one too', async (t) => {
  t.same(await linesOf("printf 'one\\n\\nthree\\nfour'"), ['one', '', 'three', 'four']);
  t.same(await linesOf('exit 0'), []);
});

void t.test('a line arrives when it is printed, not when the child ends', async (t) => {
  const controller = new AbortController();
  const lines: string[] = [];
  const file = join(t.testdir(), 'pids');
  const script = 'echo $$ >>"$1"; echo ready; exec sleep 1000';
  const run = failureOf(
    processes.lines(sh(script, {}, file), (line) => void lines.push(line), controller.signal),
  );
  await until('the first line', () => lines.length > 0);
  t.same(lines, ['ready']);
  controller.abort();
  t.match(await run, { code: 'CANCELLED' });
  const [pid] = await pidsIn(file);
  t.notOk(isRunning(pid!));
});

void t.test('no line is handed on after the abort', async (t) => {
  const controller = new AbortController();
  const lines: string[] = [];
  const onLine = (line: string) => {
    lines.push(line);
    controller.abort();
  };
  const script = 'trap "echo last; exit 0" TERM; printf "first\\nsecond\\n"; while :; do sleep 0.05; done';
  await t.rejects(processes.lines(sh(script), onLine, controller.signal), { code: 'CANCELLED' });
  t.same(lines, ['first']);
});

void t.test('a character that is cut between two pieces stays whole', async (t) => {
  t.same(await linesOf("printf 'a\\303'; sleep 0.1; printf '\\244b\\n'"), ['aäb']);
});

void t.test('the bound is of one line, not of the whole', async (t) => {
  const lines = await linesOf('seq 1 20000', 100);
  t.equal(lines.length, 20_000);
  t.equal(lines.at(-1), '20000');
  await t.rejects(linesOf('head -c 101 /dev/zero; sleep 1000', 100), { code: 'OUTPUT_TOO_LARGE' });
});

void t.test('a long-lived child may fill stderr for ever: only its end is kept', async (t) => {
  const result = await processes.lines(
    sh('head -c 6000000 /dev/zero >&2; echo the end >&2'),
    () => undefined,
    never,
  );
  t.ok(result.stderr.length <= 4096);
  t.match(result.stderr, /the end\n$/);
});

void t.test('a child that fails is told like any command', async (t) => {
  const error = await failureOf(processes.lines(sh('echo gone >&2; exit 1'), () => undefined, never));
  t.match(error, { code: 'COMMAND_FAILED', reason: 'it ended with code 1: gone' });
});

void t.test('a listener that throws ends the child', async (t) => {
  const file = join(t.testdir(), 'pids');
  const boom = new Error('boom');
  const error = await failureOf(
    processes.lines(
      sh('echo $$ >>"$1"; echo line; exec sleep 1000', {}, file),
      () => {
        throw boom;
      },
      never,
    ),
  );
  t.match(error, { code: 'INTERNAL', object: 'sh', cause: boom });
  const [pid] = await pidsIn(file);
  t.notOk(isRunning(pid!));
});

void t.test('a limit holds here too when there is one', async (t) => {
  const command = sh('exec sleep 1000', { limitMs: 200 });
  await t.rejects(
    processes.lines(command, () => undefined, never),
    { code: 'DEADLINE' },
  );
});
