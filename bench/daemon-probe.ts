/**
 * Runs on a node of a sandbox: `daemon-probe.js CONNECT UUID XML RUNS`. Starts the VM again and again by its key and by plain
 * `virsh create`, and prints, as one line of JSON, how long each took in milliseconds.
 */
import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { HostClock, HostRandom } from '../lib/adapters/host/index.js';
import { connectZooKeeper } from '../lib/adapters/zookeeper/index.js';

const [connect = '', uuid = '', xml = '', runs = '0'] = process.argv.slice(2);
const RAW_UUID = '00000009-0000-4000-8000-000000000009';
const run = promisify(execFile);
const clock = new HostClock();
const store = connectZooKeeper({ servers: [connect], sessionMs: 8_000, clock, random: new HostRandom() });
const state = `/domains/${uuid}/state`;

/** Resolves with the time at which the value at `path` was accepted, woken by a watch. */
function seen(path: string, accept: (text: string) => boolean): Promise<number> {
  return new Promise((resolve) => {
    const watch = store.watch(path, (entry) => {
      if (entry === undefined || !accept(new TextDecoder().decode(entry.data))) return;
      setImmediate(() => watch.close());
      resolve(clock.monotonic());
    });
  });
}

async function write(value: string): Promise<void> {
  const entry = await store.read(state);
  const version = entry?.stat.version ?? 0;
  await store.commit([{ op: 'set', path: state, data: new TextEncoder().encode(value), version }]);
}

/** Resolves with the time at which a QEMU of this UUID is there, or is gone. */
async function qemu(of: string, there: boolean): Promise<number> {
  for (;;) {
    if ((await hasQemu(of)) === there) return clock.monotonic();
    await sleep(1);
  }
}

async function hasQemu(of: string): Promise<boolean> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const words = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
    if (/^[^\0]*qemu-system/.test(words) && words.includes(of)) return true;
  }
  return false;
}

async function byKey() {
  const held = seen(`/drover/runs/${uuid}`, (text) => text.includes('"run"'));
  const began = clock.monotonic();
  await write('start');
  const written = clock.monotonic();
  const spawned = await qemu(uuid, true);
  const step = await held;
  await seen(`/drover/runs/${uuid}`, (text) => text.includes('"run"'));
  await write('stop');
  await qemu(uuid, false);
  await seen(state, (text) => text === 'stop');
  await seen(`/drover/runs/${uuid}`, (text) => text.includes('"holders":[]'));
  return { written: written - began, step: step - began, spawned: spawned - began };
}

async function byVirsh(): Promise<number> {
  const began = clock.monotonic();
  const created = run('virsh', ['create', '/tmp/bench.xml']);
  const spawned = await qemu(RAW_UUID, true);
  await created;
  await run('virsh', ['destroy', RAW_UUID]);
  await qemu(RAW_UUID, false);
  return spawned - began;
}

await writeFile('/tmp/bench.xml', xml.replaceAll(uuid, RAW_UUID).replace(/<name>[^<]*/, '<name>raw'));
const result = {
  written: [] as number[],
  step: [] as number[],
  spawned: [] as number[],
  virsh: [] as number[],
};
for (let left = Number(runs); left > 0; left -= 1) {
  const { written, step, spawned } = await byKey();
  result.written.push(written);
  result.step.push(step);
  result.spawned.push(spawned);
  result.virsh.push(await byVirsh());
}
console.log(JSON.stringify(result));
await store.close();
