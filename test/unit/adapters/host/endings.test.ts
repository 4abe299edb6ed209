import { join } from 'node:path';
import t from 'tap';
import { failureOf, isRunning, pidsIn, processes, sh } from './support.js';

void t.test('at the limit the whole group is ended, and gone when the error comes', async (t) => {
  const file = join(t.testdir(), 'pids');
  const script = 'sleep 1000 & echo $! >>"$1"; echo $$ >>"$1"; wait';
  const error = await failureOf(processes.run(sh(script, { limitMs: 300 }, file)));
  t.match(error, { code: 'DEADLINE', object: 'sh', reason: 'it ran longer than 300 ms' });
  for (const pid of await pidsIn(file, 2)) t.notOk(isRunning(pid), `process ${pid} is gone`);
});

void t.test('an abort ends the group, and its reason is kept', async (t) => {
  const file = join(t.testdir(), 'pids');
  const controller = new AbortController();
  const run = failureOf(processes.run(sh('sleep 1000 & echo $! >>"$1"; wait', {}, file), controller.signal));
  const [pid] = await pidsIn(file);
  controller.abort('not wanted any more');
  t.match(await run, { code: 'CANCELLED', object: 'sh', cause: 'not wanted any more' });
  t.notOk(isRunning(pid!));
});

void t.test('a group that ignores the polite signal is killed', async (t) => {
  const file = join(t.testdir(), 'pids');
  const controller = new AbortController();
  // Both the child and what it started ignore it: an ignored signal is inherited.
  const script = 'trap "" TERM; sleep 1000 & echo $! >>"$1"; echo $$ >>"$1"; wait';
  const run = failureOf(processes.run(sh(script, {}, file), controller.signal));
  const pids = await pidsIn(file, 2);
  controller.abort();
  t.match(await run, { code: 'CANCELLED' });
  for (const pid of pids) t.notOk(isRunning(pid));
});

void t.test('a child that obeys while its grandchild does not: the grandchild goes too', async (t) => {
  const file = join(t.testdir(), 'pids');
  const controller = new AbortController();
  const script = '(trap "" TERM; exec sleep 1000) >/dev/null 2>&1 & echo $! >>"$1"; wait';
  const run = failureOf(processes.run(sh(script, {}, file), controller.signal));
  const [pid] = await pidsIn(file);
  controller.abort();
  t.match(await run, { code: 'CANCELLED' });
  t.notOk(isRunning(pid!));
});

void t.test('a stopped child is ended too', async (t) => {
  const file = join(t.testdir(), 'pids');
  const script = 'echo $$ >>"$1"; kill -STOP $$';
  const error = await failureOf(processes.run(sh(script, { limitMs: 300 }, file)));
  t.match(error, { code: 'DEADLINE' });
  const [pid] = await pidsIn(file);
  t.notOk(isRunning(pid!));
});

void t.test('a child that closes its output but lives on has not ended', async (t) => {
  const error = await failureOf(processes.run(sh('exec >&- 2>&-; exec sleep 1000', { limitMs: 300 })));
  t.match(error, { code: 'DEADLINE', reason: 'it ran longer than 300 ms' });
  const result = await processes.run(sh('echo early; exec >&- 2>&-; sleep 0.1; exit 5', { okCodes: [5] }));
  t.match(result, { code: 5, stdout: 'early\n' });
});

void t.test('a grandchild that holds the output open is waited for, up to the limit', async (t) => {
  const patient = await processes.run(sh('(sleep 0.2; echo late) & echo early'));
  t.equal(patient.stdout, 'early\nlate\n');

  const file = join(t.testdir(), 'pids');
  const error = await failureOf(processes.run(sh('sleep 1000 & echo $! >>"$1"', { limitMs: 300 }, file)));
  t.match(error, { code: 'DEADLINE', reason: /^what it left behind held its output open/ });
  const [pid] = await pidsIn(file);
  t.notOk(isRunning(pid!));
});

void t.test('a grandchild that left the group is out of reach but holds nothing up', async (t) => {
  const file = join(t.testdir(), 'pids');
  const script = 'setsid sh -c "echo \\$\\$ >>\\"$1\\"; exec sleep 1000" & wait';
  const error = await failureOf(processes.run(sh(script, { limitMs: 500 }, file)));
  t.match(error, { code: 'DEADLINE' });
  const [pid] = await pidsIn(file);
  t.ok(isRunning(pid!));
  process.kill(pid!, 'SIGKILL');
});

void t.test('a signal that has aborted already starts nothing', async (t) => {
  const file = join(t.testdir(), 'pids');
  const signal = AbortSignal.abort('before');
  const started = sh('echo $$ >>"$1"', {}, file);
  await t.rejects(processes.run(started, signal), { code: 'CANCELLED', cause: 'before' });
  await t.rejects(processes.pipe([started, sh('cat')], { limitMs: 1000, signal }), { code: 'CANCELLED' });
  await t.rejects(
    processes.lines(started, () => undefined, signal),
    { code: 'CANCELLED' },
  );
  const { stdout } = await processes.run(sh('ls "$1"', {}, join(file, '..')));
  t.equal(stdout, '', 'nothing ran');
});

void t.test('an abort in the turn of the start ends what it started', async (t) => {
  const controller = new AbortController();
  const run = processes.run(sh('exec sleep 1000'), controller.signal);
  controller.abort();
  await t.rejects(run, { code: 'CANCELLED' });
});

void t.test('an abort after the end changes nothing', async (t) => {
  const controller = new AbortController();
  const result = await processes.run(sh('echo done'), controller.signal);
  controller.abort();
  t.equal(result.stdout, 'done\n');
});
