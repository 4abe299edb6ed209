import { fileURLToPath } from 'node:url';
import { CephImageStreams, CephStorage } from '../lib/adapters/ceph/index.js';
import { HostClock, HostFiles, HostProcesses, HostRandom } from '../lib/adapters/host/index.js';
import { LibvirtHypervisor } from '../lib/adapters/libvirt/index.js';
import { connectZooKeeper } from '../lib/adapters/zookeeper/index.js';
import { type Configuration, type NodeIdentity, nodeOf } from '../lib/config/index.js';
import type { KillPoint, Log, Random, Scope } from '../lib/core/index.js';
import type { Incarnate } from '../lib/ownership/index.js';
import type {
  Clock,
  Files,
  Hypervisor,
  ImageStreams,
  Processes,
  Storage,
  Store,
} from '../lib/ports/index.js';
import { GuardedStore } from '../lib/tree/index.js';
import { companion, type Run } from './accompany.js';
import { bootId, hostName } from './machine.js';
import type { ConfigurationSource } from './settings.js';

/** What each program of a node stands on: who it is, and the real parts behind the ports. */
export interface Ground {
  readonly config: Configuration;
  readonly identity: NodeIdentity;
  readonly me: Incarnate;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Random;
  readonly files: Files;
  readonly processes: Processes;
  /** A session of this program's own. It does not write a public tree of another schema. */
  readonly store: GuardedStore;
  readonly hypervisor: Hypervisor;
  readonly storage: Storage;
  readonly streams: ImageStreams;
  /** Starts another program of this node beside this one. */
  readonly companion: (name: CompanionName, source: ConfigurationSource) => Run;
  /** Called at every cut of every step; only tests have one. */
  readonly killPoint?: KillPoint;
}

export type CompanionName = 'worker' | 'api';

/** Makes the ground of one program; the session with the store ends with `scope`. Waits for nothing. */
export async function openGround(scope: Scope, config: Configuration, log: Log): Promise<Ground> {
  const clock = new HostClock();
  const random = new HostRandom();
  const files = new HostFiles();
  const processes = new HostProcesses(clock);
  const identity = nodeOf(config, await hostName(files));
  const me = { node: identity.name, boot: await bootId(files) };
  const store = new GuardedStore(
    connectZooKeeper({
      servers: config.store.servers,
      sessionMs: config.store.sessionTimeoutMs,
      clock,
      random,
      log,
    }),
  );
  scope.defer(() => store.close());
  const hypervisor = new LibvirtHypervisor({ processes, clock, uri: config.libvirt.uri });
  const ceph = { conf: config.ceph.configFile, user: config.ceph.user, keyring: config.ceph.keyringFile };
  const storage = new CephStorage(processes, ceph);
  const streams = new CephImageStreams(processes, ceph);
  return {
    ...{ config, identity, me, log, clock, random, files, processes, store, hypervisor, storage },
    streams,
    companion: (name, source) => companion(name, moduleOf(`${name}-main`), source),
  };
}

/** Waits for the first session, as long as it takes: without the store there is nothing to do. */
export async function connected(store: Store, signal: AbortSignal): Promise<void> {
  if (store.session().state === 'connected') return;
  await new Promise<void>((resolve, reject) => {
    const watch = store.onSession(({ state }) => {
      if (state !== 'connected') return;
      watch.close();
      resolve();
    });
    signal.addEventListener(
      'abort',
      () => {
        watch.close();
        reject(signal.reason as Error);
      },
      { once: true },
    );
  });
}

function moduleOf(name: string): string {
  return fileURLToPath(new URL(`./${name}.js`, import.meta.url));
}
