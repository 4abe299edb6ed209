import type { FastifyInstance, InjectOptions } from 'fastify';
import { type ApiSettings, createApi } from '../../lib/api/index.js';
import type { Log } from '../../lib/core/index.js';
import type { Receiver } from '../../lib/mirror/index.js';
import type { Store, Write } from '../../lib/ports/index.js';
import { SimClock, SimRandom, SimStoreService } from '../../lib/sim/index.js';
import { bytesOf } from '../../lib/tree/index.js';
import { RecordingUseCases } from './api-use-cases.js';
import { storeFixture } from './fixture.js';
import { drivenStore } from './sim-store.js';

/** The moment at which PVC's answers about VMs were recorded, by the ages of the snapshots in them. */
export const RECORDED_AT_MS = 1_795_334_283_850;

export const TOKENS = { reader: 'r-7f2c', operator: 'o-91aa', mirror: 'm-5d10', admin: 'a-c4e3' } as const;

const SETTINGS: ApiSettings = {
  authentication: 'token',
  tls: false,
  tokens: [
    { name: 'reader', scopes: ['read'], token: TOKENS.reader },
    { name: 'operator', scopes: ['operate'], token: TOKENS.operator },
    { name: 'mirror', scopes: ['mirror'], token: TOKENS.mirror },
    { name: 'admin', scopes: ['admin'], token: TOKENS.admin },
  ],
};

/** An API on a simulated store, asked without sockets. */
export class ApiWorld {
  readonly app: FastifyInstance;
  readonly clock: SimClock;
  readonly store: Store;
  readonly recording = new RecordingUseCases();
  readonly logged: { readonly level: keyof Log; readonly fields: object; readonly message: string }[] = [];
  /** Reads and lists that reached the store, by path. */
  readonly reads: string[] = [];

  private constructor(clock: SimClock, store: Store, settings: ApiSettings, receiver: Receiver | undefined) {
    this.clock = clock;
    this.store = store;
    const note = (level: keyof Log) => (fields: object, message: string) =>
      void this.logged.push({ level, fields, message });
    this.app = createApi({
      store: this.#counted(store),
      settings,
      useCases: this.recording.useCases,
      log: { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') },
      clock,
      random: new SimRandom('requests'),
      ...(receiver === undefined ? {} : { receiver }),
    });
  }

  /** An API over the recorded tree, or over `entries`; every message of the store takes one virtual millisecond. */
  static async open(
    entries: ReadonlyMap<string, Uint8Array> = storeFixture(),
    settings: Partial<ApiSettings> = {},
    receiver?: Receiver,
  ): Promise<ApiWorld> {
    const random = new SimRandom('api');
    const clock = new SimClock({ startMs: RECORDED_AT_MS, random: random.fork('ties') });
    const service = new SimStoreService({ clock, random: random.fork('store'), delayMs: [1, 1] });
    const client = service.open(clock.process('api'), 60_000);
    await clock.runUntil(() => client.session().state === 'connected', 10_000, 'connected');
    const world = new ApiWorld(clock, drivenStore(clock, client), { ...SETTINGS, ...settings }, receiver);
    await world.write(entries);
    return world;
  }

  /** Creates keys, parents first. */
  async write(entries: ReadonlyMap<string, Uint8Array>): Promise<void> {
    const writes = [...entries]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([path, data]): Write => ({ op: 'create', path, data }));
    for (let at = 0; at < writes.length; at += 100) await this.store.commit(writes.slice(at, at + 100));
  }

  /** Gives a key that exists another text. */
  async change(path: string, text: string): Promise<void> {
    const entry = await this.store.read(path);
    await this.store.commit([
      entry === undefined
        ? { op: 'create', path, data: bytesOf(text) }
        : { op: 'set', path, data: bytesOf(text), version: entry.stat.version },
    ]);
  }

  /** Asks as an administrator, unless the headers say otherwise. */
  async ask(method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH', path: string, options: InjectOptions = {}) {
    const { headers = { 'x-api-key': TOKENS.admin }, ...rest } = options;
    const reply = await this.app.inject({ method, url: `/api/v1${path}`, headers, ...rest });
    return { status: reply.statusCode, headers: reply.headers, text: reply.body, body: bodyOf(reply.body) };
  }

  get(path: string, options?: InjectOptions) {
    return this.ask('GET', path, options);
  }

  /** A form body, as PVC's clients send it. */
  form(method: 'POST' | 'PUT' | 'DELETE', path: string, form: Readonly<Record<string, string>>) {
    return this.ask(method, path, {
      headers: { 'x-api-key': TOKENS.admin, 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams(form).toString(),
    });
  }

  #counted(store: Store): Store {
    return {
      ...store,
      read: (path, options) => {
        this.reads.push(path);
        return store.read(path, options);
      },
      children: (path, options) => {
        this.reads.push(`${path}/`);
        return store.children(path, options);
      },
    };
  }
}

// The shape is what a test then looks at.
function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
