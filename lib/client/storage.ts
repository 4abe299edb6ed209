import type {
  Benchmark,
  CephText,
  Osd,
  Pool,
  TaskTicket,
  Volume,
  VolumeSnapshot,
} from '../../schemas/api.js';
import { LIMITS } from '../core/index.js';
import { at, type CallOptions, type Requests } from './requests.js';

/** Ceph, its pools and volumes. Sizes are texts such as `20G`, or numbers of bytes. */
export class StorageCalls {
  readonly #requests: Requests;

  constructor(requests: Requests) {
    this.#requests = requests;
  }

  ceph(what: 'status' | 'utilization', options?: CallOptions): Promise<CephText> {
    return this.#requests.get(`/storage/ceph/${what}`, {}, options);
  }

  pools(limit?: string, options?: CallOptions): Promise<readonly Pool[]> {
    return this.#requests.list('/storage/ceph/pool', { limit }, options);
  }

  osds(limit?: string, options?: CallOptions): Promise<readonly Osd[]> {
    return this.#requests.list('/storage/ceph/osd', { limit }, options);
  }

  volumes(
    filter: { readonly pool?: string; readonly limit?: string } = {},
    options?: CallOptions,
  ): Promise<readonly Volume[]> {
    return this.#requests.list('/storage/ceph/volume', filter, options);
  }

  async volume(pool: string, name: string, options?: CallOptions): Promise<Volume | undefined> {
    return (await this.#requests.list<Volume>(volumePath(pool, name), {}, options))[0];
  }

  snapshots(
    filter: { readonly pool?: string; readonly volume?: string; readonly limit?: string } = {},
    options?: CallOptions,
  ): Promise<readonly VolumeSnapshot[]> {
    return this.#requests.list('/storage/ceph/snapshot', filter, options);
  }

  createVolume(
    pool: string,
    name: string,
    size: string,
    force = false,
    options?: CallOptions,
  ): Promise<string> {
    return this.#requests.say('POST', volumePath(pool, name), { size, force }, waiting(options));
  }

  resizeVolume(
    pool: string,
    name: string,
    size: string,
    force = false,
    options?: CallOptions,
  ): Promise<string> {
    return this.#requests.say('PUT', volumePath(pool, name), { new_size: size, force }, waiting(options));
  }

  renameVolume(
    pool: string,
    name: string,
    to: string,
    force = false,
    options?: CallOptions,
  ): Promise<string> {
    return this.#requests.say('PUT', volumePath(pool, name), { new_name: to, force }, waiting(options));
  }

  cloneVolume(pool: string, name: string, to: string, force = false, options?: CallOptions): Promise<string> {
    return this.#requests.say(
      'POST',
      `${volumePath(pool, name)}/clone`,
      { new_volume: to, force },
      waiting(options),
    );
  }

  scanVolume(pool: string, name: string, options?: CallOptions): Promise<string> {
    return this.#requests.say('POST', `${volumePath(pool, name)}/scan`, {}, waiting(options));
  }

  /** Into the trash, where it is protected for 24 hours. */
  removeVolume(pool: string, name: string, force = false, options?: CallOptions): Promise<string> {
    return this.#requests.say('DELETE', volumePath(pool, name), { force }, waiting(options));
  }

  takeSnapshot(pool: string, volume: string, snapshot: string, options?: CallOptions): Promise<string> {
    return this.#requests.say('POST', snapshotPath(pool, volume, snapshot), {}, waiting(options));
  }

  removeSnapshot(pool: string, volume: string, snapshot: string, options?: CallOptions): Promise<string> {
    return this.#requests.say('DELETE', snapshotPath(pool, volume, snapshot), {}, waiting(options));
  }

  renameSnapshot(
    pool: string,
    volume: string,
    snapshot: string,
    to: string,
    options?: CallOptions,
  ): Promise<string> {
    const path = snapshotPath(pool, volume, snapshot);
    return this.#requests.say('PUT', path, { new_name: to }, waiting(options));
  }

  rollBack(
    pool: string,
    volume: string,
    snapshot: string,
    force = false,
    options?: CallOptions,
  ): Promise<string> {
    const path = `${snapshotPath(pool, volume, snapshot)}/rollback`;
    return this.#requests.say('POST', path, { force }, waiting(options));
  }

  benchmarks(job?: string, options?: CallOptions): Promise<readonly Benchmark[]> {
    return this.#requests.list('/storage/ceph/benchmark', { job }, options);
  }

  /** Asks for a task. */
  runBenchmark(
    pool: string,
    how: {
      readonly name?: string;
      readonly volume_size?: string;
      readonly runtime?: number;
      readonly warm_up?: number;
      readonly force?: boolean;
    } = {},
    options?: CallOptions,
  ): Promise<TaskTicket> {
    return this.#requests.change('POST', '/storage/ceph/benchmark', { pool, ...how }, options);
  }
}

/** A volume is answered for when its task has ended. */
function waiting(options?: CallOptions): CallOptions {
  return { limitMs: LIMITS.clientWaitMs, ...options };
}

function volumePath(pool: string, name: string): string {
  return at`/storage/ceph/volume/${pool}/${name}`;
}

function snapshotPath(pool: string, volume: string, snapshot: string): string {
  return at`/storage/ceph/snapshot/${pool}/${volume}/${snapshot}`;
}
