import type { FastifyInstance } from 'fastify';
import { createApi } from '../../lib/api/index.js';
import type { Log } from '../../lib/core/index.js';
import { Receiver } from '../../lib/mirror/index.js';
import type { Storage, Store, Write } from '../../lib/ports/index.js';
import { termGuard } from '../../lib/ownership/index.js';
import { PvcReceiver } from '../../lib/pvc/mirror/index.js';
import { SimCeph, SimClock, SimRandom, SimStoreService } from '../../lib/sim/index.js';
import { Kinds, probeTask } from '../../lib/task/index.js';
import { bytesOf, documentPath, encodeDocument, ensureFolders } from '../../lib/tree/index.js';
import { createUseCases } from '../../lib/usecase/index.js';
import { ByteStreams } from './byte-streams.js';
import { driven } from './driven.js';
import { drivenStore } from './sim-store.js';
import { clusterWith } from './use-case-world.js';

export const TOKEN = 'k-west';

/** A cluster of ours that takes VMs of PVC: its API on a socket, over a simulated store and images with their very bytes. */
export class PvcWorld {
  readonly clock: SimClock;
  readonly store: Store;
  readonly storage: Storage;
  readonly ceph: SimCeph;
  readonly streams: ByteStreams;
  readonly logged: string[] = [];
  #app: FastifyInstance | undefined;
  uri = '';

  private constructor(clock: SimClock, store: Store, ceph: SimCeph) {
    this.clock = clock;
    this.store = store;
    this.ceph = ceph;
    this.storage = driven(clock, ceph.storage(clock.process('api'), '198.18.0.1'));
    this.streams = new ByteStreams(ceph.images);
  }

  static async open(): Promise<PvcWorld> {
    const random = new SimRandom('pvc');
    const clock = new SimClock({ random: random.fork('ties') });
    const service = new SimStoreService({ clock, random: random.fork('store'), delayMs: [0, 0] });
    const client = service.open(clock.process('store'), 60_000);
    await clock.runUntil(() => client.session().state === 'connected', 10_000, 'connected');
    const world = new PvcWorld(
      clock,
      drivenStore(clock, client),
      new SimCeph({ clock, random: random.fork('ceph') }),
    );
    await world.#found();
    await world.start();
    return world;
  }

  /** The API begins, or begins anew as another primary would: what it knew is forgotten, and who asks it is told where it is. */
  async start(...askers: { uri: string }[]): Promise<void> {
    await this.#app?.close();
    const { store, storage, streams, clock } = this;
    const random = new SimRandom('api');
    const say = (_: object, message: string) => void this.logged.push(message);
    const log: Log = {
      debug: () => undefined,
      info: say,
      warn: say,
      error: (fields, message) => say(fields, `${message} ${JSON.stringify(fields, causes)}`),
    };
    const cluster = {
      name: 'here',
      monitors: ['198.18.0.10:6789'],
      secretUuid: '5ec00002-1111-2222-3333-444444444442',
    };
    const receiver = new Receiver({ store, storage, streams, clock, random, log, node: 'pv1', cluster });
    this.#app = createApi({
      ...{ store, clock, random, log, receiver },
      settings: {
        authentication: 'token',
        tls: false,
        tokens: [{ name: 'west', scopes: ['admin'], token: TOKEN }],
      },
      useCases: createUseCases({
        ...{ store, clock, random, log, node: 'pv1', kinds: new Kinds([probeTask(clock)]) },
        unlocked: () => Promise.resolve(),
        handOver: () => Promise.resolve(),
      }),
      pvc: new PvcReceiver({ store, storage }, receiver),
    });
    this.uri = `${await this.#app.listen({ host: '127.0.0.1', port: 0 })}/api/v1`;
    for (const asker of askers) asker.uri = this.uri;
  }

  async close(): Promise<void> {
    await this.#app?.close();
  }

  async text(path: string): Promise<string | undefined> {
    const entry = await this.store.read(path);
    return entry && new TextDecoder().decode(entry.data);
  }

  async json(path: string): Promise<Record<string, unknown> | undefined> {
    const text = await this.text(path);
    return text === undefined ? undefined : (JSON.parse(text) as Record<string, unknown>);
  }

  async names(path: string): Promise<readonly string[]> {
    return (await this.store.children(path))?.names ?? [];
  }

  async write(entries: Readonly<Record<string, string>>): Promise<void> {
    for (const [path, text] of Object.entries(entries)) {
      const entry = await this.store.read(path);
      const data = bytesOf(text);
      const write: Write =
        entry === undefined
          ? { op: 'create', path, data }
          : { op: 'set', path, data, version: entry.stat.version };
      await this.store.commit([write]);
    }
  }

  get images(): readonly string[] {
    return [...this.ceph.images.pool('vms').images.keys()].sort();
  }

  async #found(): Promise<void> {
    const folders = [
      '/ceph',
      '/ceph/pools',
      '/ceph/pools/vms',
      '/ceph/volumes',
      '/ceph/volumes/vms',
      '/ceph/snapshots',
      '/ceph/snapshots/vms',
    ];
    const tree = Object.entries(clusterWith()).filter(([path]) => !path.startsWith('/domains/'));
    const primary = [
      ['/config/primary_node', 'pv1'],
      ['/nodes/pv1/pvcversion', '1.0.3'],
    ] as const;
    const plain = Object.fromEntries(
      [...tree, ...primary, ...folders.map((path): [string, string] => [path, ''])].sort(),
    );
    await this.write(plain);
    await ensureFolders(this.store);
    const since = this.clock.now();
    const documents = {
      [documentPath('cluster')]: encodeDocument('cluster', {
        id: '00000000-0000-4000-8000-00000000c001',
        incarnation: 1,
      }),
      [documentPath('leader')]: encodeDocument('leader', { node: 'pv1', epoch: 1, since }),
      '/drover/election/epoch': encodeDocument('election-epoch', { epoch: 1 }),
      [termGuard(1).path]: encodeDocument('term', { node: 'pv1', epoch: 1 }),
    };
    await this.write(
      Object.fromEntries(
        Object.entries(documents).map(([path, data]) => [path, new TextDecoder().decode(data)]),
      ),
    );
  }
}

function causes(_: string, value: unknown): unknown {
  return value instanceof Error ? { message: value.message, stack: value.stack, cause: value.cause } : value;
}
