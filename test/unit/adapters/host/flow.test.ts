import t from 'tap';
import { DroverError } from '../../../../lib/core/index.js';
import { codeOf } from '../../../support/failure.js';
import { clock, isRunning, processes, sh } from './support.js';

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

async function* bytes(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) {
    await Promise.resolve();
    yield Buffer.from(text);
  }
}

void t.test('what a child prints comes whole, and its failure after it', async (t) => {
  const printed = await collect(processes.output(sh('head -c 3000000 /dev/zero; printf end')));
  t.equal(printed.length, 3_000_003);
  const taken: Uint8Array[] = [];
  const failing = async () => {
    for await (const chunk of processes.output(sh('printf some; exit 3'))) taken.push(chunk);
  };
  t.equal(await codeOf(failing()), 'COMMAND_FAILED');
  t.equal(Buffer.concat(taken).toString(), 'some');
  t.equal(
    await codeOf(collect(processes.output({ program: 'no-such-program', args: [] }))),
    'COMMAND_MISSING',
  );
});

void t.test('who leaves early, or aborts, ends the child', async (t) => {
  let pid = 0;
  for await (const chunk of processes.output(sh('echo $$; exec sleep 100'))) {
    pid = Number(Buffer.from(chunk).toString());
    break;
  }
  t.equal(isRunning(pid), false);
  const controller = new AbortController();
  const reading = codeOf(collect(processes.output(sh('exec sleep 100'), controller.signal)));
  controller.abort();
  t.equal(await reading, 'CANCELLED');
});

void t.test('a child is fed, and ends by the end of its input however that ends', async (t) => {
  await processes.input(sh('test "$(cat)" = onetwo'), bytes('one', 'two'));
  t.equal(await codeOf(processes.input(sh('cat >/dev/null; exit 4'), bytes('one'))), 'COMMAND_FAILED');
  t.equal(await codeOf(processes.input(sh('exit 5'), endless())), 'COMMAND_FAILED', 'it did not read');

  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('some');
    await Promise.resolve();
    throw new DroverError('API_UNREACHABLE', { object: 'the other side', reason: 'it broke' });
  }
  // `cat` ends by itself only when its input does.
  t.equal(await codeOf(processes.input(sh('exec cat >/dev/null'), broken())), 'API_UNREACHABLE');

  const controller = new AbortController();
  const feeding = codeOf(processes.input(sh('exec cat >/dev/null'), endless(), controller.signal));
  await clock.sleep(50);
  controller.abort();
  t.equal(await feeding, 'CANCELLED');

  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) {
      await clock.sleep(1);
      yield Buffer.alloc(65_536);
    }
  }
});
