import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { fixture, isRunning, pidsIn, until } from './support.js';

const adapter = new URL('../../../../lib/adapters/host/index.js', import.meta.url).href;

void t.test('a child dies with its parent, however that dies', async (t) => {
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    const file = join(t.testdir(), signal);
    const script = 'trap "" TERM HUP; echo $$ >>"$1"; while :; do sleep 0.05; done';
    const parent = spawn(process.execPath, [fixture('parent.mjs'), adapter, script, file]);
    const ended = once(parent, 'exit');
    const [child] = await pidsIn(file);
    t.ok(isRunning(child!));
    parent.kill(signal);
    await ended;
    await until('the child to be gone', () => !isRunning(child!));
    t.notOk(isRunning(child!), `after ${signal}`);
  }
});

void t.test('in a worker thread nothing can be started: it would die with the thread', async (t) => {
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    import(workerData).then(({ HostClock, HostProcesses }) => {
      try {
        new HostProcesses(new HostClock());
        parentPort.postMessage('made');
      } catch (error) {
        parentPort.postMessage(error.code + ' ' + error.message);
      }
    });`;
  const worker = new Worker(code, { eval: true, workerData: adapter });
  const [answer] = (await once(worker, 'message')) as [string];
  t.match(answer, /^REFUSED .*worker thread.*main thread/);
});
