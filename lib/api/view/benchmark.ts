import type { Benchmark } from '../../../schemas/api.js';
import { DroverError } from '../../core/index.js';
import { documentPath, tryRecordOf } from '../../tree/index.js';
import type { Sight } from './sight.js';

const FOLDER = '/drover/benchmarks';

/** The benchmarks, the oldest first; only `job` when it is given. NOT_FOUND when there is none of it. */
export async function listBenchmarks(sight: Sight, job: string | undefined): Promise<Benchmark[]> {
  const jobs = (await sight.names(FOLDER)).filter((name) => job === undefined || name === job);
  if (job !== undefined && jobs.length === 0)
    throw new DroverError('NOT_FOUND', {
      object: `benchmark '${job}'`,
      reason: 'there is none of this name',
    });
  const found = await Promise.all(jobs.map((name) => readBenchmark(sight, name)));
  return found.filter((one) => one !== undefined).sort((one, other) => one.id - other.id);
}

/** In PVC's shape. Its id is that of the transaction that began it: it grows, and is nobody else's. */
async function readBenchmark(sight: Sight, job: string): Promise<Benchmark | undefined> {
  const path = documentPath('benchmark', { job });
  const [entry, tests] = await Promise.all([sight.read(path), sight.names(path)]);
  const head = entry && tryRecordOf('benchmark', entry);
  if (head?.value === undefined) return undefined;
  const { format, state, task } = head.value;
  const base = { id: Number(head.stat.czxid), job, test_format: format };
  if (state === 'running' && (await isAtWork(sight, task))) return { ...base, benchmark_result: 'Running' };
  const results = await Promise.all(
    tests.map(async (test) => {
      const found = await sight.read(`${path}/${test}`);
      const record = found && tryRecordOf('benchmark-test', found);
      return record?.value === undefined ? [] : [[test, record.value.result] as const];
    }),
  );
  return { ...base, benchmark_result: Object.fromEntries(results.flat()) };
}

/** A task that was given up has left its benchmark as it was. */
async function isAtWork(sight: Sight, task: string | undefined): Promise<boolean> {
  if (task === undefined) return true;
  const entry = await sight.read(documentPath('task-status', { id: task }));
  const status = entry && tryRecordOf('task-status', entry).value;
  return status?.state === 'queued' || status?.state === 'running';
}
