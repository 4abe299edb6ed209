import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { HostClock, HostProcesses } from '../../../../lib/adapters/host/index.js';
import { LIMITS } from '../../../../lib/core/index.js';
import { commandFailureOf } from '../../../../lib/ports/index.js';
import { failureOf, isRunning, pidsIn, processes, sh } from './support.js';

const limitMs = 20_000;

void t.test('every byte arrives, in order', async (t) => {
  const file = join(t.testdir(), 'sum');
  const bytes = 'head -c 20000000 /dev/zero | tr "\\0" x; seq 1 200000';
  await processes.pipe([sh(bytes), sh('cat'), sh('md5sum >"$1"', {}, file)], { limitMs });
  const { stdout } = await processes.run(sh(`(${bytes}) | md5sum`));
  t.equal(readFileSync(file, 'utf8'), stdout);
});

void t.test('the bytes pass this process by', async (t) => {
  const before = process.resourceUsage();
  await processes.pipe([sh('head -c 200000000 /dev/zero'), sh('cat >/dev/null')], { limitMs });
  const after = process.resourceUsage();
  t.ok(after.maxRSS - before.maxRSS < 50_000, 'memory grew by less than 50 of 200 MB');
});

void t.test('the first stage can have an input, and a pipe can be one stage', async (t) => {
  const file = join(t.testdir(), 'out');
  await processes.pipe([sh('cat', { input: 'in' }), sh('cat >"$1"', {}, file)], { limitMs });
  t.equal(readFileSync(file, 'utf8'), 'in');
  await processes.pipe([sh('cat >"$1"', { input: '' }, file)], { limitMs });
  t.equal(readFileSync(file, 'utf8'), '');
});

void t.test('what cannot be a pipe is refused before anything starts', async (t) => {
  const file = join(t.testdir(), 'pids');
  const first = sh('echo $$ >>"$1"', {}, file);
  await t.rejects(processes.pipe([], { limitMs }), { code: 'BAD_INPUT' });
  await t.rejects(processes.pipe([first, sh('cat', { input: 'x' })], { limitMs }), { code: 'BAD_INPUT' });
  await t.rejects(processes.pipe([first], { limitMs: 0 }), { code: 'BAD_INPUT' });
  const missing = { program: 'no-such-program', args: [] };
  await t.rejects(processes.pipe([first, missing], { limitMs }), {
    code: 'COMMAND_MISSING',
    object: 'no-such-program',
  });
  t.throws(() => readFileSync(file), { code: 'ENOENT' });
});

void t.test('a stage that the system refuses to start takes the others with it', async (t) => {
  const file = join(t.testdir(), 'pids');
  const first = sh('echo $$ >>"$1"; exec sleep 1000', {}, file);
  const huge = { program: 'true', args: ['x'.repeat(4 * 1024 * 1024)] };
  const error = await failureOf(processes.pipe([first, huge], { limitMs, abort: 'source' }));
  t.match(error, { code: 'COMMAND_FAILED', object: 'true', reason: 'cannot be started: E2BIG' });
});

void t.test('the failing stage is named, with its own words', async (t) => {
  const ok = sh('cat');
  const cases = [
    { at: 0, stages: [sh('echo "no image" >&2; exit 2'), ok, ok] },
    { at: 1, stages: [sh('echo data'), sh('cat >/dev/null; echo "bad tag" >&2; exit 74'), ok] },
    { at: 2, stages: [sh('echo data'), ok, sh('cat >/dev/null; exit 9')] },
  ];
  for (const { at, stages } of cases) {
    const error = await failureOf(processes.pipe(stages, { limitMs }));
    t.match(error, { code: 'COMMAND_FAILED', object: `sh (stage ${at + 1} of 3)` });
  }
  const words = await failureOf(processes.pipe(cases[0]!.stages, { limitMs }));
  t.match(words, { reason: 'it ended with code 2: no image' });
  t.match(commandFailureOf(words), { program: 'sh', code: 2, stderr: 'no image\n' });
});

void t.test('a stage that fails is named before those that its end made fail', async (t) => {
  const reader = sh('test "$(wc -c)" -gt 100 || { echo "cut short" >&2; exit 74; }');
  const error = await failureOf(processes.pipe([sh('echo half; exit 5'), reader], { limitMs }));
  t.match(error, { object: 'sh (stage 1 of 2)', reason: 'it ended with code 5 without a message' });
});

void t.test('a writer is not blamed for a reader that failed', async (t) => {
  const writers = {
    'dies of SIGPIPE': sh('exec yes'),
    'tells EPIPE and fails': sh('trap "" PIPE; exec yes'),
    'fails by a shell that saw SIGPIPE': sh('yes; exit $?'),
    'never writes again': sh('echo once; exec sleep 1000'),
  };
  for (const [name, writer] of Object.entries(writers)) {
    const stages = [writer, sh('cat'), sh('head -c 1 >/dev/null; echo "disk full" >&2; exit 28')];
    const error = await failureOf(processes.pipe(stages, { limitMs }));
    t.match(error, { object: 'sh (stage 3 of 3)', reason: 'it ended with code 28: disk full' }, name);
  }
});

void t.test('a reader that ends well but too early fails the pipe: not all of it arrived', async (t) => {
  const stages = [{ program: 'yes', args: [] }, sh('head -c 1 >/dev/null')];
  const error = await failureOf(processes.pipe(stages, { limitMs }));
  t.match(error, { code: 'COMMAND_FAILED', object: 'yes (stage 1 of 2)' });
});

void t.test('a code that is ok for its stage is ok', async (t) => {
  await processes.pipe([sh('echo x; exit 3', { okCodes: [3] }), sh('cat >/dev/null')], { limitMs });
  t.match(await failureOf(processes.pipe([sh('exit 0', { okCodes: [3] }), sh('cat')], { limitMs })), {
    object: 'sh (stage 1 of 2)',
  });
});

const endless = 'echo $$ >>"$1"; exec sleep 1000';

void t.test('at the limit every stage is ended', async (t) => {
  const file = join(t.testdir(), 'pids');
  const stages = [sh(endless, {}, file), sh(endless, {}, file), sh(endless, {}, file)];
  const error = await failureOf(processes.pipe(stages, { limitMs: 500 }));
  t.match(error, { code: 'DEADLINE', object: 'sh | sh | sh' });
  for (const pid of await pidsIn(file, 3)) t.notOk(isRunning(pid));
});

void t.test('an abort ends every stage', async (t) => {
  const file = join(t.testdir(), 'pids');
  const controller = new AbortController();
  const stages = [sh(endless, {}, file), sh(`trap "" TERM; ${endless}`, {}, file)];
  const run = failureOf(processes.pipe(stages, { limitMs, signal: controller.signal }));
  const pids = await pidsIn(file, 2);
  controller.abort('enough');
  t.match(await run, { code: 'CANCELLED', cause: 'enough' });
  for (const pid of pids) t.notOk(isRunning(pid));
});

void t.test('an abort at the source lets the others read to the end and end by themselves', async (t) => {
  const dir = t.testdir();
  const controller = new AbortController();
  const source = sh(`echo all of it; ${endless}`, {}, join(dir, 'pids'));
  const sink = sh('cat >"$1"; sleep 0.3; echo "ended by itself" >>"$1"', {}, join(dir, 'out'));
  const signal = controller.signal;
  const run = failureOf(processes.pipe([source, sh('cat'), sink], { limitMs, signal, abort: 'source' }));
  const [pid] = await pidsIn(join(dir, 'pids'));
  controller.abort();
  t.match(await run, { code: 'CANCELLED' });
  t.notOk(isRunning(pid!));
  t.equal(readFileSync(join(dir, 'out'), 'utf8'), 'all of it\nended by itself\n');
});

void t.test('the limit ends a pipe at its source too', async (t) => {
  const out = join(t.testdir(), 'out');
  const sink = sh('cat >/dev/null; echo "ended by itself" >>"$1"', {}, out);
  const stages = [sh('exec sleep 1000'), sink];
  t.match(await failureOf(processes.pipe(stages, { limitMs: 300, abort: 'source' })), { code: 'DEADLINE' });
  t.equal(readFileSync(out, 'utf8'), 'ended by itself\n');
});

void t.test('a stage that does not end after its source is ended when its time is over', async (t) => {
  /** The machine's clock, but the time to drain is over soon. */
  class Impatient extends HostClock {
    override after(ms: number, action: () => void) {
      return super.after(ms === LIMITS.pipeDrainMs ? 200 : ms, action);
    }
  }
  const file = join(t.testdir(), 'pids');
  const controller = new AbortController();
  const stages = [sh('exec sleep 1000'), sh('echo $$ >>"$1"; cat >/dev/null; exec sleep 1000', {}, file)];
  const { signal } = controller;
  const impatient = new HostProcesses(new Impatient());
  const run = failureOf(impatient.pipe(stages, { limitMs, signal, abort: 'source' }));
  const [pid] = await pidsIn(file);
  controller.abort();
  t.match(await run, { code: 'CANCELLED' });
  t.notOk(isRunning(pid!));
});

void t.test('a stage that holds on to its stderr holds nothing up past the limit', async (t) => {
  const file = join(t.testdir(), 'pids');
  const holder = sh('sleep 1000 & echo $! >>"$1"', {}, file);
  const error = await failureOf(processes.pipe([holder, sh('cat')], { limitMs: 400 }));
  t.match(error, { code: 'DEADLINE' });
  const [pid] = await pidsIn(file);
  t.notOk(isRunning(pid!));
});
