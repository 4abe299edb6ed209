/**
 * Runs on a node of a sandbox: `ship-probe.js CONF KEYRING IMAGE SNAPSHOT BYTES TO UNIT…`. Ships an image into another
 * cluster by the engine of transfers, without the API between, once for each size of unit in MiB, and prints how long each
 * took in milliseconds, as one line of JSON.
 */
import { CephImageStreams } from '../lib/adapters/ceph/index.js';
import { HostClock, HostProcesses } from '../lib/adapters/host/index.js';
import { ship, UnitReader } from '../lib/ship/index.js';

const [conf = '', keyring = '', name = '', snapshot = '', size = '0', to = '', ...units] =
  process.argv.slice(2);
const clock = new HostClock();
const processes = new HostProcesses(clock);
const streams = new CephImageStreams(processes);
const there = new CephImageStreams(processes, { conf, keyring });
const { signal } = new AbortController();
const took: Record<string, number> = {};

for (const unit of units) {
  let cursor: number | undefined = 0;
  const began = performance.now();
  await ship(
    { streams, clock },
    [{ image: { pool: 'vms', name }, snapshot, bytes: Number(size) }],
    {
      cursor: () => Promise.resolve(cursor),
      async unit(_disk, from, chunks, watched) {
        const reader = new UnitReader(`unit from ${from}`, Number(size));
        await there.write({ pool: 'vms', name: to }, reader.stream(chunks), watched);
        cursor = reader.to < Number(size) ? reader.to : undefined;
        return reader.to;
      },
    },
    { signal, unitBytes: Number(unit) * 1024 ** 2 },
  );
  took[unit] = performance.now() - began;
}
console.log(JSON.stringify(took));
