import { randomBytes } from 'node:crypto';
import type { Test } from 'tap';
import type { ImageLoad, LoadJob, Storage } from '../../lib/ports/index.js';
import { codeOf } from '../support/failure.js';

/** What an implementation of ImageLoad brings along to be tested. */
export interface LoadFixture {
  readonly load: ImageLoad;
  readonly storage: Storage;
  readonly pool: string;
}

const MIB = 1024 ** 2;
const FILL: LoadJob = { name: 'fill', pattern: 'write', blockBytes: MIB, depth: 4, time: undefined };
const READ: LoadJob = {
  name: 'seq_read',
  pattern: 'read',
  blockBytes: 64 * 1024,
  depth: 4,
  time: { warmUpMs: 0, runtimeMs: 1_000 },
};

/** What every ImageLoad does, the real one and the simulated one alike. */
export function loadContract(t: Test, make: () => Promise<LoadFixture>): void {
  void t.test('a load runs once over the image, or by the clock, and leaves it closed', async (t) => {
    const { load, storage, pool } = await make();
    const image = { pool, name: `load-${randomBytes(4).toString('hex')}` };
    await storage.create(image, 16 * MIB);
    const filled = await load.run(image, FILL);
    t.match(filled, { jobs: [{ jobname: 'fill', error: 0, write: { io_bytes: 16 * MIB } }] });
    const [job] = (await load.run(image, READ))['jobs'] as readonly [{ read: { iops: number } }];
    t.ok(job.read.iops > 0);
    t.same(await storage.watchers(image), []);
  });

  void t.test('a load on what is not there is refused, and one that nobody wants ends', async (t) => {
    const { load, storage, pool } = await make();
    const image = { pool, name: `load-${randomBytes(4).toString('hex')}` };
    t.equal(await codeOf(load.run(image, READ)), 'STORAGE_REFUSED');
    await storage.create(image, 16 * MIB);
    t.equal(await codeOf(load.run(image, READ, { signal: AbortSignal.abort() })), 'CANCELLED');
    t.equal(await codeOf(load.run({ pool: 'a/b', name: 'c' }, READ)), 'BAD_INPUT');
  });
}
