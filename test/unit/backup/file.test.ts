import t from 'tap';
import { exportFile } from '../../../lib/backup/file.js';
import { Space } from '../../../lib/backup/space.js';
import type { BackupWorld } from '../../../lib/backup/world.js';
import type { Directories } from '../../../lib/ports/index.js';
import type { TaskContext } from '../../../lib/task/index.js';
import { simWorld } from '../../support/sim-world.js';

const PATH = '/b/vm1/images/vms.vm1.diff';
const TOTAL = 1_000;
const PER_MS = 0.1;

void t.test('while a file of a backup is written it is told how far it is', async (t) => {
  const sim = simWorld('growing');
  const { clock } = sim;
  const process = clock.process('worker');
  const began = process.clock.monotonic();
  const written = () => Math.min(TOTAL, Math.floor((process.clock.monotonic() - began) * PER_MS));
  const directories = {
    freeBytes: () => Promise.resolve(10 * TOTAL),
    size: () => Promise.resolve(written()),
    flush: () => Promise.resolve(),
    digest: () => Promise.resolve({ bytes: written(), sha256: 'of it' }),
  } as unknown as Directories;
  const world = {
    directories,
    clock: process.clock,
    streams: { touchedBytes: () => Promise.resolve(TOTAL) },
    imageFiles: { exportDiff: () => process.clock.sleep(TOTAL / PER_MS) },
  } as unknown as BackupWorld;
  const told: number[] = [];
  const task = {
    signal: new AbortController().signal,
    progress: ({ bytes }: { bytes: { done: number; total: number } }) => {
      t.equal(bytes.total, TOTAL);
      told.push(bytes.done);
    },
  } as unknown as TaskContext;
  const image = { pool: 'vms', name: 'vm1' };
  const made = await sim.settle(
    exportFile(
      world,
      task,
      { image, snapshot: 'ab2', parent: 'ab1', vm: 0 },
      {
        ...{ path: PATH, folder: '/b/vm1', space: new Space(directories) },
        progress: { current: 0, total: 1, text: 'backup' },
      },
    ),
  );
  t.same(made, { fileBytes: TOTAL, sha256: 'of it' });
  t.ok(told.length > 5, `again and again: ${told.join(' ')}`);
  t.same(
    told,
    told.toSorted((one, other) => one - other),
  );
  t.ok((told.at(-1) ?? 0) > TOTAL / 2);
  const count = told.length;
  await clock.advance(60_000);
  t.equal(told.length, count, 'and not when it is done');
});
