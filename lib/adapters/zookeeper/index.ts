import { LIMITS, type Log, type Random, SILENT } from '../../core/index.js';
import type { Clock, Store } from '../../ports/index.js';
import { Backoff } from './backoff.js';
import type { TlsOptions } from './dial.js';
import { checkPath } from './paths.js';
import { Servers } from './servers.js';
import { ZooKeeperStore } from './store.js';

export type { TlsOptions };

export interface ZooKeeperOptions {
  /** `host:port`, or `[address]:port` for IPv6. Tried in an order of our own. */
  readonly servers: readonly string[];
  /** The session timeout to ask for, in milliseconds; the server may grant another. Default `LIMITS.storeSessionMs`. */
  readonly sessionMs?: number;
  /** All paths of the store are below this one, which must exist. Default: none. */
  readonly chroot?: string;
  /** Default: no TLS. */
  readonly tls?: TlsOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly log?: Log;
}

/**
 * A store on ZooKeeper servers. Returns at once; connects, and stays connected, by itself until it is closed. Throws
 * BAD_INPUT for servers or a chroot that cannot be. States, faults and their cures: docs/zookeeper.md.
 */
export function connectZooKeeper(options: ZooKeeperOptions): Store {
  const { clock, random, chroot = '/', sessionMs = LIMITS.storeSessionMs, tls, log = SILENT } = options;
  checkPath(chroot);
  return new ZooKeeperStore({
    servers: new Servers(options.servers, random),
    sessionMs,
    chroot: chroot === '/' ? '' : chroot,
    tls,
    clock,
    log,
    backoff: new Backoff(random),
  });
}
