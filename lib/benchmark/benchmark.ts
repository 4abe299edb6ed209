import { type Benchmark, TASK_ARGUMENTS } from '../../schemas/index.js';
import { copyLimitMs, DroverError, messageOf } from '../core/index.js';
import type { ImageName, LoadJob } from '../ports/index.js';
import { defineTask, readTask, type TaskKind } from '../task/index.js';
import { documentPath, readRecord, updateRecord, withoutContenders, writeRecord } from '../tree/index.js';
import { type AnyTask, carryOut, checkSpace, discard, shutOut, stageName } from '../volume/index.js';
import { FILL, TESTS, type TestName } from './matrix.js';
import { type BenchmarkFacts, type BenchmarkStep, planBenchmark } from './plan.js';
import { askOthers } from './sample.js';
import { sampleUntil } from './sampling.js';
import type { BenchmarkWorld } from './world.js';

/** The format of the results that are written. */
export const FORMAT = 2;
const SECOND_MS = 1_000;

/** Remembered over the death of an attempt. */
interface Resume {
  readonly job: string;
  readonly filled?: string;
}

/** What one benchmark is made with. */
interface Job {
  readonly name: string;
  readonly volume: ImageName;
  readonly bytes: number;
  readonly force: boolean;
  readonly time: { readonly warmUpMs: number; readonly runtimeMs: number };
}

/** `storage.benchmark`: one at a time in the cluster; goes on test by test wherever an attempt was cut. */
export function benchmarkTask(world: BenchmarkWorld): TaskKind {
  const { defaults, clock } = world;
  return defineTask({
    kind: 'storage.benchmark',
    arguments: TASK_ARGUMENTS['storage.benchmark'],
    where: 'primary',
    concurrency: 1,
    async run(task) {
      const { pool, name, volumeBytes = defaults.volumeBytes, runtime, warmUp, force = false } = task.args;
      const resume = task.resume as Resume | undefined;
      const job: Job = {
        name: resume?.job ?? name ?? `${localTime(clock.now())}_${task.node}`,
        // Whatever becomes of this task: the next one about volumes in the pool discards what is left of it.
        volume: { pool, name: stageName(task.id, 0) },
        bytes: volumeBytes,
        force,
        time: {
          warmUpMs: warmUp === undefined ? defaults.warmUpMs : warmUp * SECOND_MS,
          runtimeMs: runtime === undefined ? defaults.runtimeMs : runtime * SECOND_MS,
        },
      };
      if (resume === undefined) await task.save({ job: job.name } satisfies Resume);
      try {
        await measure(world, task, job, resume?.filled);
      } catch (error) {
        await giveUp(world, task, job, error);
        throw error;
      }
      return {
        message: `Benchmark '${job.name}' is done, with ${TESTS.length} tests: drover storage benchmark info ${job.name}`,
        ...{ job: job.name, tests: TESTS.length },
      };
    },
  });
}

async function measure(
  world: BenchmarkWorld,
  task: AnyTask,
  job: Job,
  filledBefore: string | undefined,
): Promise<void> {
  const { store, storage, load, clock } = world;
  const { signal } = task;
  const path = documentPath('benchmark', { job: job.name });
  let filled = filledBefore;
  let done: readonly string[] = [];
  await carryOut<BenchmarkFacts, BenchmarkStep>(world, task, {
    name: 'benchmark',
    read: async () => {
      await store.sync({ signal });
      const head = (await readRecord(store, 'benchmark', path, { signal }))?.value;
      done = withoutContenders((await store.children(path, { signal }))?.names ?? []);
      const volume = (await storage.image(job.volume, { signal }))?.id;
      return { task: task.id, job: job.name, head, done, volume, filled };
    },
    plan: planBenchmark,
    executors: {
      begin: async () => {
        // Before anything is written of it: what does not fit is no benchmark.
        await checkSpace(storage, job.volume, job.bytes, job.force, { signal });
        await store.commit([writeRecord('benchmark', path, headOf(task, job, clock.now()), undefined)], {
          signal,
        });
      },
      make: async () => {
        await checkSpace(storage, job.volume, job.bytes, job.force, { signal });
        await storage.create(job.volume, job.bytes, { signal });
      },
      fill: async ({ volume }) => {
        tell(task, done, 'writing the volume once');
        await shutOut(world, job.volume, signal);
        const limitMs = copyLimitMs(job.bytes);
        await load.run(job.volume, FILL, { signal, limitMs });
        await task.save({ job: job.name, filled: volume } satisfies Resume);
        filled = volume;
      },
      test: async ({ test }) => {
        tell(task, done, test);
        await shutOut(world, job.volume, signal);
        const result = await runTest(world, task, job, test);
        const at = documentPath('benchmark-test', { job: job.name, test });
        const value = { result, node: task.node, at: clock.now() };
        await store.commit([writeRecord('benchmark-test', at, value, undefined)], { signal });
      },
      clean: () => discard(world, job.volume, signal),
      end: () => endHead(world, job.name, task.id, { state: 'done' }),
    },
  });
}

/** One test with what all nodes were busy with while it was measured. */
async function runTest(
  world: BenchmarkWorld,
  task: AnyTask,
  { volume, time }: Job,
  test: TestName,
): Promise<Readonly<Record<string, unknown>>> {
  const { store, clock, load } = world;
  const { signal, node } = task;
  const found = TESTS.find(({ name }) => name === test);
  if (found === undefined)
    throw new DroverError('INTERNAL', { object: test, reason: 'there is no such test' });
  const job: LoadJob = { ...found, time };
  const id = `${task.id.slice(0, 40)}-${task.attempt}-${TESTS.indexOf(found)}`;
  const window = { afterMs: time.warmUpMs, forMs: time.runtimeMs };
  const others = await askOthers({ store, clock, id, node, signal }, window);
  const over = new AbortController();
  const looking = ownFigures(world, time.warmUpMs, AbortSignal.any([signal, over.signal]));
  // Whoever fails first, both have ended before anything else is done.
  const [report, figures] = await Promise.allSettled([
    load.run(volume, job, { signal }).finally(() => over.abort()),
    looking,
  ]);
  if (report.status === 'rejected') throw report.reason;
  if (figures.status === 'rejected') throw figures.reason;
  return {
    ...figures.value,
    ...report.value,
    node,
    nodes: { [node]: figures.value, ...(await others()) },
  };
}

async function ownFigures(world: BenchmarkWorld, afterMs: number, over: AbortSignal) {
  await world.clock.sleep(afterMs, over).catch((error: unknown) => {
    // The load has ended in its warm-up: there is nothing to look at.
    if (!over.aborted) throw error;
  });
  return await sampleUntil(world, over);
}

/** Nothing of it is left, and it says that it failed. The tests that are done stay. */
async function giveUp(world: BenchmarkWorld, task: AnyTask, job: Job, error: unknown): Promise<void> {
  const tidy = async () => {
    if (await interrupted(world, task)) return;
    await discard(world, job.volume);
    await endHead(world, job.name, task.id, { state: 'failed', reason: messageOf(error) });
  };
  await tidy().catch((second: unknown) => {
    task.log.warn({ task: task.id, err: second }, 'what a benchmark has left is left to the next task');
  });
}

/** Whether another attempt will go on: this one was told to stop, and nobody wants the task to end. */
async function interrupted({ store }: BenchmarkWorld, task: AnyTask): Promise<boolean> {
  if (task.signal.aborted) return (await readTask(store, task.id))?.cancel === undefined;
  try {
    task.throwIfOver();
    return false;
  } catch {
    return true;
  }
}

async function endHead(
  { store, clock }: BenchmarkWorld,
  job: string,
  task: string,
  end: { readonly state: 'done' | 'failed'; readonly reason?: string },
): Promise<void> {
  await updateRecord(store, {
    kind: 'benchmark',
    path: documentPath('benchmark', { job }),
    change: (head) =>
      head === undefined || head.value.task !== task || head.value.state !== 'running'
        ? undefined
        : { ...head.value, ...end, endedAt: clock.now() },
  });
}

function headOf(task: AnyTask, { volume, bytes, time }: Job, now: number): Omit<Benchmark, 'v'> {
  return {
    ...{ format: FORMAT, state: 'running', task: task.id, node: task.node, at: now },
    ...{ pool: volume.pool, volumeBytes: bytes, ...time },
  };
}

function tell(task: AnyTask, done: readonly string[], text: string): void {
  task.progress({ current: done.length, total: TESTS.length, text });
}

/** `2026-11-22T08:14:56`, by the clock of this machine. */
function localTime(now: number): string {
  const at = new Date(now);
  return new Date(now - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
