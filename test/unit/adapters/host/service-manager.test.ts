import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { HostClock, HostProcesses, ServiceManager } from '../../../../lib/adapters/host/index.js';
import { Scope, SILENT } from '../../../../lib/core/index.js';

const LISTENER = fileURLToPath(
  new URL('../../../../../test/fixtures/programs/notify-socket.py', import.meta.url),
);

/** A socket as systemd has it, and what it was told. */
async function systemd(t: Test) {
  // The path of a socket is short: a directory of the test may lie too deep.
  const directory = await mkdtemp(join(tmpdir(), 'notify-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const path = join(directory, 'socket');
  const scope = new Scope('systemd');
  const words: string[] = [];
  let heard: () => void = () => undefined;
  const processes = new HostProcesses(new HostClock());
  const listening = scope.run((signal) =>
    processes.lines(
      { program: 'python3', args: [LISTENER, path], limitMs: Infinity },
      (line) => {
        words.push(line);
        heard();
      },
      signal,
    ),
  );
  listening.catch(() => undefined);
  t.teardown(() => scope.close());
  const saying = async (word: string, count = 1) => {
    while (words.filter((one) => one.startsWith(word)).length < count)
      await new Promise<void>((resolve) => {
        heard = resolve;
      });
  };
  await saying('listening');
  return { path, words, saying, processes };
}

function manager(processes: HostProcesses, environment: Readonly<Record<string, string>>, pid = process.pid) {
  return new ServiceManager({ processes, clock: new HostClock(), log: SILENT, environment, pid });
}

void t.test('systemd is told, by its socket, what the service does', async (t) => {
  const { path, words, saying, processes } = await systemd(t);
  const service = manager(processes, { NOTIFY_SOCKET: path });
  await service.ready();
  await service.reloading();
  await service.stopping();
  await saying('STOPPING=1');
  t.ok(words.includes('READY=1'));
  t.match(words.join(' '), /RELOADING=1 MONOTONIC_USEC=\d+/);
});

void t.test('the watchdog is fed while the service is well, and not when it is ill', async (t) => {
  const { path, words, saying, processes } = await systemd(t);
  const scope = new Scope('service');
  t.teardown(() => scope.close());
  let illness: string | undefined = undefined as string | undefined;
  const service = manager(processes, { NOTIFY_SOCKET: path, WATCHDOG_USEC: '150000' });
  t.equal(service.watchdogMs, 150);
  const asked: (string | undefined)[] = [];
  let askedAgain: () => void = () => undefined;
  service.feed(scope, () => {
    asked.push(illness);
    askedAgain();
    return illness;
  });
  await saying('WATCHDOG=1', 3);
  illness = 'it is ill';
  const looks = (count: number) =>
    new Promise<void>((resolve) => {
      const from = asked.filter((one) => one !== undefined).length;
      askedAgain = () => {
        if (asked.filter((one) => one !== undefined).length >= from + count) resolve();
      };
    });
  await looks(1);
  const fed = words.filter((word) => word === 'WATCHDOG=1').length;
  await looks(3);
  t.equal(words.filter((word) => word === 'WATCHDOG=1').length, fed);
});

void t.test(
  'without a service manager, or with its watchdog meant for another process, nothing is told',
  async (t) => {
    const { path, words, processes } = await systemd(t);
    await manager(processes, {}).ready();
    t.equal(
      manager(processes, { NOTIFY_SOCKET: path, WATCHDOG_USEC: '1000', WATCHDOG_PID: '1' }).watchdogMs,
      undefined,
    );
    t.same(words, ['listening']);
    await t.resolves(
      manager(processes, { NOTIFY_SOCKET: '/nowhere' }).ready(),
      'a dead socket fails nothing',
    );
  },
);
