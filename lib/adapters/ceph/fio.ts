import { DroverError, isDroverError, LIMITS } from '../../core/index.js';
import {
  commandFailureOf,
  type ImageLoad,
  type ImageName,
  type LoadJob,
  type Processes,
} from '../../ports/index.js';
import type { CephAccess } from './client.js';
import { spec } from './names.js';

const SECOND_MS = 1_000;

/** Loads on images by fio's `rbd` engine, of Debian's `fio`. It finds the cluster by ceph.conf, its keyring by that too. */
export class FioLoad implements ImageLoad {
  readonly #processes: Processes;
  readonly #access: CephAccess;

  constructor(processes: Processes, access: CephAccess = {}) {
    this.#processes = processes;
    this.#access = access;
  }

  async run(
    image: ImageName,
    job: LoadJob,
    options: { readonly limitMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<Readonly<Record<string, unknown>>> {
    const object = `benchmark ${job.name} of image ${spec(image)}`;
    const { conf, user = 'admin' } = this.#access;
    const { time } = job;
    const measuredMs = time === undefined ? 0 : time.warmUpMs + time.runtimeMs;
    try {
      const { stdout } = await this.#processes.run(
        {
          program: 'fio',
          args: [
            ...[`--name=${job.name}`, '--ioengine=rbd', `--clientname=${user}`],
            ...[`--pool=${image.pool}`, `--rbdname=${image.name}`],
            ...[`--rw=${job.pattern}`, `--bs=${job.blockBytes}`, `--iodepth=${job.depth}`],
            ...['--direct=1', '--randrepeat=1', '--numjobs=1', '--group_reporting=1', '--output-format=json'],
            // A job of its own process would outlive fio when that is killed.
            '--thread',
            ...(time === undefined ? [] : timed(time)),
          ],
          limitMs: options.limitMs ?? measuredMs + LIMITS.benchmarkIdleMs,
          env: conf === undefined ? {} : { CEPH_CONF: conf },
        },
        options.signal,
      );
      return read(object, stdout);
    } catch (error) {
      const failure = isDroverError(error, 'COMMAND_FAILED') ? commandFailureOf(error) : undefined;
      if (failure === undefined) throw error;
      throw new DroverError('STORAGE_REFUSED', { object, reason: lastWords(failure.stderr) }, failure);
    }
  }
}

/** fio knows whole seconds. */
function timed({ warmUpMs, runtimeMs }: NonNullable<LoadJob['time']>): readonly string[] {
  const warmUp = Math.round(warmUpMs / SECOND_MS);
  const runtime = `--runtime=${Math.max(1, Math.round(runtimeMs / SECOND_MS))}`;
  return ['--time_based', runtime, ...(warmUp > 0 ? [`--ramp_time=${warmUp}`] : [])];
}

/** The document that it printed, perhaps after some notes. */
function read(object: string, text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text.slice(Math.max(0, text.indexOf('{'))));
    const { jobs } = value as { readonly jobs?: readonly { readonly error?: number }[] };
    const [job] = jobs ?? [];
    if (job === undefined) throw new TypeError('it has no job');
    if (job.error !== undefined && job.error !== 0)
      throw new TypeError(`its job ended with error ${job.error}`);
    return value as Readonly<Record<string, unknown>>;
  } catch (error) {
    const reason = `what fio printed cannot be used: ${error instanceof Error ? error.message.slice(0, 200) : ''}`;
    throw new DroverError('STORAGE_REFUSED', { object, reason }, error);
  }
}

function lastWords(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.replace(/[\p{C}\s]+/gu, ' ').trim());
  return (
    lines
      .filter((line) => line !== '')
      .slice(-3)
      .join('; ')
      .slice(-300) || 'fio ended without a word'
  );
}
