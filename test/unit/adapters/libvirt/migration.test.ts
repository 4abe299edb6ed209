import t from 'tap';
import { DroverError, LIMITS } from '../../../../lib/core/index.js';
import { CommandFailure } from '../../../../lib/ports/index.js';
import type { Answer } from '../../../support/scripted-processes.js';
import * as recorded from './recorded.js';
import { type Case, failure, withAnswers } from './support.js';

const { VM1 } = recorded;
const MIGRATION = { to: 'qemu+tcp://198.18.1.102/system', data: 'tcp://198.18.1.102', maxDowntimeMs: 300 };

function refusal(stderr: string): DroverError {
  const failure = new CommandFailure({ program: 'virsh', code: 1, signal: undefined, stderr });
  return new DroverError('COMMAND_FAILED', { object: 'virsh', reason: stderr }, failure);
}

/** A migration that goes on until it is aborted, or `virsh` is ended. */
function endless(
  onAbort: (count: number, end: (stderr: string) => void) => Answer,
): Case & { killed: () => boolean } {
  let end: (stderr: string) => void = () => undefined;
  let aborts = 0;
  let killed = false;
  const job = (_: unknown, signal?: AbortSignal) =>
    new Promise<Answer>((_resolve, reject) => {
      let over = false;
      end = (stderr) => {
        over = true;
        reject(refusal(stderr));
      };
      signal?.addEventListener('abort', () => {
        killed = !over;
        reject(new DroverError('CANCELLED', { object: 'virsh', reason: 'it was ended on request' }));
      });
    });
  const abort = () => Promise.resolve(onAbort((aborts += 1), end));
  const made = withAnswers({ 'migrate-setmaxdowntime': {}, migrate: job, domjobabort: abort });
  return { ...made, killed: () => killed };
}

void t.test('by libvirt itself, with its downtime set before', async (t) => {
  const { hypervisor, told, processes } = withAnswers({ 'migrate-setmaxdowntime': {}, migrate: {} });
  await hypervisor.migrate(VM1, MIGRATION);
  await hypervisor.migrate(VM1, { ...MIGRATION, bandwidthMibPerSecond: 8, maxDowntimeMs: 0 });
  const line = (rate: string) =>
    `migrate --live --p2p --auto-converge --abort-on-error${rate} --migrateuri tcp://198.18.1.102 --domain ${VM1} --desturi qemu+tcp://198.18.1.102/system`;
  t.same(told(), [
    `migrate-setmaxdowntime ${VM1} 300`,
    line(''),
    `migrate-setmaxdowntime ${VM1} 1`,
    line(' --bandwidth 8'),
  ]);
  t.equal(processes.commands[1]?.limitMs, Infinity, 'its limit is kept by an abort, not by a signal');
});

void t.test('failures are told as they are', async (t) => {
  const migrate = (stderr: string) =>
    withAnswers({ 'migrate-setmaxdowntime': {}, migrate: { stderr, code: 1 } }).hypervisor.migrate(
      VM1,
      MIGRATION,
    );
  const refused = await failure(migrate(recorded.NO_ROUTE));
  t.match(refused, { code: 'HYPERVISOR_REFUSED', object: `migration of domain ${VM1}` });
  t.match(refused.reason, /No route to host/);
  t.equal((await failure(migrate(recorded.DISCONNECTED))).code, 'HYPERVISOR_UNREACHABLE');
  t.equal((await failure(migrate(recorded.NO_DOMAIN))).code, 'NOT_FOUND');
});

void t.test('at its limit it is aborted, and said to be late once it has ended', async (t) => {
  const { hypervisor, clock, told, killed } = endless((_, end) => {
    end(recorded.ABORTED);
    return {};
  });
  const migrating = failure(hypervisor.migrate(VM1, { ...MIGRATION, limitMs: 60_000 }));
  t.match(await clock.settle(migrating), { code: 'DEADLINE', reason: /60000 ms/ });
  t.equal(told().at(-1), `domjobabort ${VM1}`);
  t.equal(killed(), false, 'virsh ended by itself');
  t.ok(clock.monotonic() >= 60_000 && clock.monotonic() < 62_000);
});

void t.test('on request it is aborted, as often as it takes', async (t) => {
  const { hypervisor, clock, told } = endless((count, end) => {
    if (count === 3) end(recorded.ABORTED);
    return count < 3 ? { stderr: recorded.NO_ACTIVE_JOB, code: 1 } : {};
  });
  const abort = new AbortController();
  const migrating = failure(hypervisor.migrate(VM1, MIGRATION, { signal: abort.signal }));
  await clock.advance(5_000);
  abort.abort(new Error('enough'));
  t.match(await clock.settle(migrating), { code: 'CANCELLED', cause: { message: 'enough' } });
  t.equal(told().filter((line) => line.startsWith('domjobabort')).length, 3);
});

void t.test('one that ends well in spite of its abort has ended well', async (t) => {
  let done: () => void = () => undefined;
  const { hypervisor, clock } = withAnswers({
    'migrate-setmaxdowntime': {},
    migrate: () => new Promise((resolve) => (done = () => resolve({}))),
    domjobabort: () => {
      done();
      return Promise.resolve({ stderr: recorded.NO_ACTIVE_JOB, code: 1 });
    },
  });
  await clock.settle(hypervisor.migrate(VM1, { ...MIGRATION, limitMs: 1_000 }));
  t.pass('it runs there');
});

void t.test('one that cannot be aborted is given up: where it runs is unknown', async (t) => {
  const { hypervisor, clock, killed } = endless(() => ({ stderr: recorded.UNREACHABLE, code: 1 }));
  const migrating = failure(hypervisor.migrate(VM1, { ...MIGRATION, limitMs: 1_000 }));
  t.match(await clock.settle(migrating), { code: 'DEADLINE', reason: /after its abort/ });
  t.equal(killed(), true, 'no virsh is left behind');
  t.ok(clock.monotonic() >= 1_000 + LIMITS.libvirtCallMs);
});

void t.test('with a signal that has come already nothing is begun', async (t) => {
  const { hypervisor, told } = withAnswers({});
  const error = await failure(hypervisor.migrate(VM1, MIGRATION, { signal: AbortSignal.abort() }));
  t.equal(error.code, 'CANCELLED');
  t.same(told(), []);
});
