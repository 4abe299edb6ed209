import { DroverError } from '../../core/index.js';
import type { SimClock } from '../clock.js';
import type { SimProcess } from '../process.js';
import type { SimRandom } from '../random.js';
import { SimServer } from '../server.js';
import { SimStorage } from './client.js';
import { SimLoad } from './load.js';
import { SimImages } from './images.js';

export interface SimCephOptions {
  readonly clock: SimClock;
  readonly random: SimRandom;
  /** Default: one, `vms`. */
  readonly pools?: readonly string[];
  /** How long a dead client is listed as a watcher; Ceph's default is 30 s. */
  readonly watchTimeoutMs?: number;
}

/** A client of Ceph's looks for a monitor this long. */
const MOUNT_MS = 10_000;

/**
 * A simulated Ceph cluster. {@link server} has the faults of the way to it, as calls see them; guests that have images
 * open do not notice those.
 */
export class SimCeph {
  readonly images: SimImages;
  readonly server: SimServer;
  readonly #clock: SimClock;

  constructor(options: SimCephOptions) {
    const { clock, random } = options;
    this.#clock = clock;
    this.images = new SimImages(clock, random.fork('images'), options.watchTimeoutMs ?? 30_000);
    for (const pool of options.pools ?? ['vms']) this.images.addPool(pool);
    this.server = new SimServer({
      clock,
      random: random.fork('calls'),
      delayMs: [10, 60],
      refuseMs: MOUNT_MS,
      unreachable: (object) =>
        new DroverError('STORAGE_UNREACHABLE', { object, reason: "couldn't connect to the cluster!" }),
    });
  }

  /** What a process on the host with this address has of the cluster. */
  storage(process: SimProcess, address: string): SimStorage {
    return new SimStorage({ server: this.server, images: this.images, clock: this.#clock, process, address });
  }

  /** What a process there has to load images with. */
  load(process: SimProcess, address: string): SimLoad {
    return new SimLoad(this.#clock, this.images, process, address);
  }
}
