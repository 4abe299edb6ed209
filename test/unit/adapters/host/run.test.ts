import t from 'tap';
import { LIMITS } from '../../../../lib/core/index.js';
import { commandFailureOf } from '../../../../lib/ports/index.js';
import { failureOf, processes, sh } from './support.js';

void t.test('what a command prints and its code come back', async (t) => {
  const result = await processes.run(sh('printf out; printf err >&2; exit 3', { okCodes: [0, 3] }));
  t.match(result, { code: 3, stdout: 'out', stderr: 'err' });
  t.ok(result.durationMs > 0);
});

void t.test('a code that is not ok fails with the end of stderr and a cause that holds it all', async (t) => {
  const error = await failureOf(processes.run(sh('echo first >&2; echo "no such pool" >&2; exit 2')));
  t.match(error, {
    code: 'COMMAND_FAILED',
    object: 'sh',
    reason: 'it ended with code 2: first; no such pool',
  });
  t.match(commandFailureOf(error), {
    program: 'sh',
    code: 2,
    signal: undefined,
    stderr: 'first\nno such pool\n',
  });
});

void t.test('a program that a signal ended has no code and is never ok', async (t) => {
  const error = await failureOf(processes.run(sh('kill -9 $$', { okCodes: [0, 9, 137] })));
  t.match(error, { code: 'COMMAND_FAILED', reason: 'SIGKILL ended it without a message' });
  t.match(commandFailureOf(error), { code: undefined, signal: 'SIGKILL' });
});

void t.test('an argument never gets into the message', async (t) => {
  const failing = await failureOf(processes.run(sh('exit 1', {}, 'hunter2')));
  t.notMatch(String(failing), /hunter2/);
  const refused = await failureOf(processes.run({ program: 'true', args: ['hunter2\0'] }));
  t.match(refused, { code: 'COMMAND_FAILED', reason: 'cannot be started: ERR_INVALID_ARG_VALUE' });
  t.notMatch(String(refused), /hunter2/);
});

void t.test('a program that the system refuses to start is told with its code', async (t) => {
  const tooLong = 'x'.repeat(4 * 1024 * 1024);
  const error = await failureOf(processes.run({ program: 'true', args: [tooLong] }));
  t.match(error, { code: 'COMMAND_FAILED', reason: 'cannot be started: E2BIG', cause: { code: 'E2BIG' } });
});

void t.test('the environment is small, in English, and takes what the command adds', async (t) => {
  process.env['DROVER_TEST_STRAY'] = 'must not be seen';
  t.teardown(() => delete process.env['DROVER_TEST_STRAY']);
  const { stdout } = await processes.run({ program: 'env', args: ['-0'], env: { SECRET: 'by env' } });
  // tap adds its own to every child of a test.
  const settings = stdout.split('\0').filter((setting) => !/^(_TAPJS|NODE_OPTIONS|$)/.test(setting));
  t.same(settings.map((setting) => setting.split('=')[0]).sort(), ['HOME', 'LC_ALL', 'PATH', 'SECRET']);
  t.ok(settings.includes('LC_ALL=C'));
  t.ok(settings.includes('SECRET=by env'));
});

void t.test('the input arrives whole, as text, as bytes, empty, or not at all', async (t) => {
  const echo = async (input: string | Uint8Array | undefined) =>
    (await processes.run({ program: 'cat', args: [], ...(input === undefined ? {} : { input }) })).stdout;
  t.equal(await echo('späß'), 'späß');
  t.equal(await echo(Buffer.from('bytes')), 'bytes');
  t.equal(await echo(''), '');
  t.equal(await echo(undefined), '');
  const large = 'x'.repeat(1024 * 1024);
  t.ok((await echo(large)) === large, 'a mebibyte went through');
});

void t.test('an input that the program does not read is no failure of ours', async (t) => {
  const input = Buffer.alloc(2 * 1024 * 1024);
  t.match(await processes.run(sh('exit 0', { input })), { code: 0 });
  t.match(await processes.run(sh('exec <&-; echo still here', { input })), { stdout: 'still here\n' });
  const error = await failureOf(processes.run(sh('echo "bad header" >&2; exit 4', { input })));
  t.match(error, { code: 'COMMAND_FAILED', reason: 'it ended with code 4: bad header' });
});

void t.test('output that is not UTF-8 is survived', async (t) => {
  const { stdout } = await processes.run(sh("printf 'a\\377b'"));
  t.equal(stdout, 'a\uFFFDb');
  const error = await failureOf(processes.run(sh("printf 'bad\\377name\\n' >&2; exit 1")));
  t.match(error, { reason: 'it ended with code 1: bad name' });
});

void t.test('binary output stays out of the message', async (t) => {
  const error = await failureOf(processes.run(sh('head -c 3000000 /dev/urandom | tee /dev/stderr; exit 1')));
  t.match(error, { code: 'COMMAND_FAILED' });
  const { message } = error as Error;
  t.ok(Buffer.byteLength(message) < LIMITS.messageBytes + 200, `${message.length} characters`);
  t.notMatch(message, /[\p{C}\uFFFD]/u);
  t.ok(Buffer.byteLength(commandFailureOf(error)?.stderr ?? '') <= 3 * LIMITS.messageBytes);
});

void t.test('output over its bound ends the command, on either stream', async (t) => {
  const exact = await processes.run(sh('head -c 1000 /dev/zero', { outputBytes: 1000 }));
  t.equal(exact.stdout.length, 1000);
  for (const script of ['head -c 1001 /dev/zero', 'yes', 'yes >&2']) {
    const error = await failureOf(processes.run(sh(script, { outputBytes: 1000 })));
    t.match(error, { code: 'OUTPUT_TOO_LARGE', object: 'sh' }, script);
  }
});

void t.test('a program that is not there is missing, not failed', async (t) => {
  await t.rejects(processes.run({ program: 'no-such-program', args: [] }), { code: 'COMMAND_MISSING' });
  await t.rejects(processes.run({ program: '/no/such/program', args: [] }), { code: 'COMMAND_MISSING' });
  // The same exit code from a program that is there is that program's.
  await t.rejects(processes.run(sh('exit 127')), { code: 'COMMAND_FAILED' });
});

void t.test('a limit must be a time', async (t) => {
  for (const limitMs of [0, -1, NaN])
    await t.rejects(processes.run(sh('exit 0', { limitMs })), { code: 'BAD_INPUT' });
  t.match(await processes.run(sh('exit 0', { limitMs: Infinity })), { code: 0 });
});

void t.test('many at once do not mix', async (t) => {
  const numbers = Array.from({ length: 20 }, (_, n) => String(n));
  const results = await Promise.all(numbers.map((n) => processes.run(sh('echo "$1"', {}, n))));
  t.same(
    results.map(({ stdout }) => stdout.trim()),
    numbers,
  );
});
