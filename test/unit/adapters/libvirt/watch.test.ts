import t from 'tap';
import { DroverError } from '../../../../lib/core/index.js';
import type { DomainEvent } from '../../../../lib/ports/index.js';
import type { Answer } from '../../../support/scripted-processes.js';
import * as recorded from './recorded.js';
import { failure, withAnswers } from './support.js';

/** As the real port does: ends with CANCELLED once the signal aborts. */
function untilAborted(signal: AbortSignal | undefined): Promise<Answer> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () =>
      reject(new DroverError('CANCELLED', { object: 'virsh', reason: 'it was ended on request' })),
    );
  });
}

void t.test('events, each in its form; the further lines of one are none', async (t) => {
  const { hypervisor, clock, processes } = withAnswers({ hostname: { stdout: recorded.EVENTS } });
  const events: DomainEvent[] = [];
  const stop = new AbortController();
  const watching = hypervisor.watch((event) => events.push(event), stop.signal);
  await clock.advance(1);
  stop.abort();
  await clock.settle(watching);
  t.same(events, [
    { kind: 'gap' },
    { kind: 'lifecycle', name: 'vm1', text: 'Suspended Paused' },
    { kind: 'other', name: 'vm1', event: 'migration-iteration' },
    { kind: 'other', name: 'vm1', event: 'control-error' },
    { kind: 'agent', name: 'vm1', connected: false },
    { kind: 'agent', name: 'a.b-c', connected: true },
    { kind: 'other', name: 'vm1', event: 'job-completed' },
    { kind: 'io-error', name: '007', text: 'vms/d7 (virtio-disk0) pause due to ' },
    { kind: 'lifecycle', name: "it's", text: 'Stopped Failed' },
  ]);
  t.match(processes.commands[0], {
    args: ['-q', '-c', 'qemu:///system', /^hostname; event/],
    limitMs: Infinity,
  });
});

void t.test('it is made anew with growing pauses, and each connection is a gap', async (t) => {
  const begins: number[] = [];
  const answers: Answer[] = [
    { stderr: recorded.UNREACHABLE, code: 1 },
    { stderr: recorded.UNREACHABLE, code: 1 },
    { stdout: 'c1\n', stderr: recorded.DISCONNECTED, code: 1 },
    { stdout: 'c1\n', code: 0 },
  ];
  const { hypervisor, clock } = withAnswers({
    hostname: (_, signal) => {
      begins.push(clock.monotonic());
      const answer = answers[begins.length - 1];
      return answer === undefined ? untilAborted(signal) : Promise.resolve(answer);
    },
  });
  let gaps = 0;
  const stop = new AbortController();
  const watching = hypervisor.watch(({ kind }) => (gaps += kind === 'gap' ? 1 : 0), stop.signal);
  await clock.advance(10_000);
  t.same(begins, [0, 100, 300, 400, 500], 'after a connection it begins with the shortest pause again');
  t.equal(gaps, 2);
  stop.abort();
  await clock.settle(watching);
});

void t.test('the pauses have a longest', async (t) => {
  const begins: number[] = [];
  const { hypervisor, clock } = withAnswers({
    hostname: () => {
      begins.push(clock.monotonic());
      return Promise.resolve({ stderr: recorded.UNREACHABLE, code: 1 });
    },
  });
  const stop = new AbortController();
  const watching = hypervisor.watch(() => undefined, stop.signal);
  await clock.advance(60_000);
  stop.abort();
  await clock.settle(watching);
  t.equal(begins.at(-1)! - begins.at(-2)!, 5_000);
});

void t.test('what no pause would cure ends it', async (t) => {
  const missing = new DroverError('COMMAND_MISSING', { object: 'virsh', reason: 'it is not there' });
  const { hypervisor, clock } = withAnswers({ hostname: () => Promise.reject(missing) });
  const { signal } = new AbortController();
  t.equal(await clock.settle(failure(hypervisor.watch(() => undefined, signal))), missing);
});

void t.test('a signal that has come already watches nothing', async (t) => {
  const { hypervisor, told } = withAnswers({});
  await hypervisor.watch(() => undefined, AbortSignal.abort());
  t.same(told(), []);
});
