import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { HostClock, HostProcesses } from '../../../../lib/adapters/host/index.js';
import { LibvirtHypervisor } from '../../../../lib/adapters/libvirt/index.js';
import { failure } from './support.js';

const UUID = '11111111-2222-4333-8444-000000000001';
const OTHER = '11111111-2222-4333-8444-000000000002';

function hypervisorOn(proc: string): LibvirtHypervisor {
  const clock = new HostClock();
  return new LibvirtHypervisor({ processes: new HostProcesses(clock), clock, proc });
}

/** A file tree as procfs shows it: the command line of each thread. */
async function fakeProc(
  t: { testdir(): string },
  processes: Record<number, Record<number, string[]>>,
): Promise<string> {
  const proc = t.testdir();
  await mkdir(join(proc, 'self'));
  for (const [pid, threads] of Object.entries(processes))
    for (const [thread, words] of Object.entries(threads)) {
      const line = words.map((word) => `${word}\0`).join('');
      const task = join(proc, pid, 'task', thread);
      await mkdir(task, { recursive: true });
      await writeFile(join(task, 'cmdline'), line);
      if (thread === pid) await writeFile(join(proc, pid, 'cmdline'), line);
    }
  return proc;
}

void t.test('processes with -uuid are of that domain, whatever their program is called', async (t) => {
  const proc = await fakeProc(t, {
    1: { 1: ['/sbin/init'] },
    2: { 2: [] },
    10: { 10: ['/usr/bin/qemu-system-x86_64', '-name', 'guest=vm1', '-uuid', UUID, '-display', 'none'] },
    11: { 11: ['/usr/libexec/qemu-kvm', '-uuid', OTHER.toUpperCase()] },
    12: { 12: ['qemu-system-x86_64', '-uuid', 'garbage'] },
    13: { 13: ['qemu-system-x86_64', '-uuid'] },
    14: { 14: ['virsh', 'destroy', UUID] },
  });
  t.same(await hypervisorOn(proc).processes(), [
    { uuid: UUID, pid: 10 },
    { uuid: OTHER, pid: 11 },
  ]);
});

void t.test('N14: a process whose first thread has ended still runs in its others', async (t) => {
  const qemu = ['qemu-system-x86_64', '-uuid', UUID];
  const proc = await fakeProc(t, { 10: { 10: [], 11: [], 12: qemu }, 20: { 20: [] } });
  t.same(await hypervisorOn(proc).processes(), [{ uuid: UUID, pid: 10 }]);
});

void t.test('a list that cannot be read is a failure, never an empty one', async (t) => {
  t.equal((await failure(hypervisorOn('/nonexistent').processes())).code, 'INTERNAL');
});

void t.test('the machine itself: a child is found while it lives', async (t) => {
  const child = spawn(
    process.execPath,
    ['-e', 'process.stdin.resume(); console.log(1)', '--', '-uuid', UUID],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  t.teardown(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  const mine = { uuid: UUID, pid: child.pid! };
  const hypervisor = hypervisorOn('/proc');
  t.match(
    (await hypervisor.processes()).filter(({ pid }) => pid === child.pid),
    [mine],
  );
  child.kill('SIGKILL');
  await once(child, 'close');
  t.same(
    (await hypervisor.processes()).filter(({ pid }) => pid === child.pid),
    [],
  );
});

void t.test('nobody waits for a list after the signal', async (t) => {
  const error = await failure(hypervisorOn('/proc').processes({ signal: AbortSignal.abort() }));
  t.equal(error.code, 'CANCELLED');
});
