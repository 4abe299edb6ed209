import { DroverError } from '../../core/index.js';
import type { ImageLoad, ImageName, LoadJob } from '../../ports/index.js';
import type { SimClock } from '../clock.js';
import type { SimProcess } from '../process.js';
import { objectOf, type SimImages } from './images.js';

/** Bytes a millisecond of any load. */
const SPEED = 300_000;

/** Loads on images of a simulated cluster, by one process: as long as they last the image is open. */
export class SimLoad implements ImageLoad {
  readonly #clock: SimClock;
  readonly #images: SimImages;
  readonly #process: SimProcess;
  readonly #address: string;
  /** Names of the jobs that were begun. */
  readonly begun: string[] = [];

  constructor(clock: SimClock, images: SimImages, process: SimProcess, address: string) {
    this.#clock = clock;
    this.#images = images;
    this.#process = process;
    this.#address = address;
  }

  run(
    image: ImageName,
    job: LoadJob,
    { signal }: { readonly limitMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<Readonly<Record<string, unknown>>> {
    const object = `benchmark ${job.name} of ${objectOf(image)}`;
    return new Promise((resolve, reject) => {
      if (this.#images.find(image) === undefined) throw refused(object, 'fio_rbd_connect failed.');
      const { bytes } = this.#images.get(image);
      const lost = () => finish(() => reject(refused(object, 'shut out')));
      const opened = this.#images.open(image, this.#address, lost);
      this.begun.push(job.name);
      const ms = job.time === undefined ? bytes / SPEED : job.time.warmUpMs + job.time.runtimeMs;
      const alarm = this.#clock.schedule(ms, () => finish(() => resolve(report(job, bytes))));
      const onAbort = () =>
        finish(() =>
          reject(
            new DroverError('CANCELLED', { object, reason: 'it is not wanted any more' }, signal?.reason),
          ),
        );
      const finish = (end: () => void) => {
        alarm.cancel();
        signal?.removeEventListener('abort', onAbort);
        // One that is killed tells nobody.
        if (this.#process.state === 'killed') opened.die();
        else opened.close();
        this.#process.deliver(end);
      };
      if (signal?.aborted === true) onAbort();
      else signal?.addEventListener('abort', onAbort, { once: true });
    });
  }
}

/** Of fio's document what is looked at. */
function report(job: LoadJob, bytes: number): Readonly<Record<string, unknown>> {
  const ms = job.time?.runtimeMs ?? bytes / SPEED;
  const moved = job.time === undefined ? bytes : Math.round(ms * SPEED);
  const busy = {
    io_bytes: moved,
    bw_bytes: SPEED * 1_000,
    iops: (SPEED * 1_000) / job.blockBytes,
    runtime: ms,
  };
  const idle = { io_bytes: 0, bw_bytes: 0, iops: 0, runtime: 0 };
  const reads = job.pattern.endsWith('read');
  return {
    'fio version': 'fio-simulated',
    jobs: [{ jobname: job.name, error: 0, read: reads ? busy : idle, write: reads ? idle : busy }],
  };
}

function refused(object: string, reason: string): DroverError {
  return new DroverError('STORAGE_REFUSED', { object, reason });
}
