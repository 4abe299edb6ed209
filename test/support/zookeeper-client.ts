/** A store on test servers, with a real clock, and what tests need around it. */
import { HostClock, HostRandom } from '../../lib/adapters/host/index.js';
import { connectZooKeeper, type ZooKeeperOptions } from '../../lib/adapters/zookeeper/index.js';
import type { Log, Random } from '../../lib/core/index.js';
import type { Clock, Session, SessionState, Store } from '../../lib/ports/index.js';

export const realClock: Clock = new HostClock();
export const realRandom: Random = new HostRandom();

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** A log that remembers. */
export function memoryLog(): Log & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: LogLine['level']) => (fields: object, message: string) =>
    void lines.push({ level, fields: fields as LogLine['fields'], message });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** A store with a session that no slow machine loses; tests that wait for its end ask for a short one. */
export function open(servers: readonly string[], more: Partial<ZooKeeperOptions> = {}): Store {
  return connectZooKeeper({ servers, sessionMs: 15_000, clock: realClock, random: realRandom, ...more });
}

/** The same, connected. */
export async function opened(
  servers: readonly string[],
  more: Partial<ZooKeeperOptions> = {},
): Promise<Store> {
  const store = open(servers, more);
  await inState(store, 'connected');
  return store;
}

/** Waits for `condition`; fails naming `what` after `ms`. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  what: string,
  ms = 20_000,
): Promise<void> {
  const until = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > until) throw new Error(`not within ${ms} ms: ${what}`);
    await realClock.sleep(10);
  }
}

/** Resolves with the session when the store is in `state`, now or next; fails after `ms`. */
export function inState(store: Store, state: SessionState, ms = 20_000): Promise<Session> {
  const now = store.session();
  return now.state === state ? Promise.resolve(now) : nextState(store, state, ms);
}

/** Resolves with the session when the store next enters `state`; fails after `ms`. */
export function nextState(store: Store, state: SessionState, ms = 20_000): Promise<Session> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      watch.close();
      reject(new Error(`not ${state} within ${ms} ms, but ${store.session().state}`));
    }, ms);
    const watch = store.onSession((session) => {
      if (session.state !== state) return;
      clearTimeout(timer);
      watch.close();
      resolve(session);
    });
  });
}

/** Collects what a watch delivers, and waits for what it should deliver. */
export class Deliveries<S> {
  readonly all: S[] = [];
  readonly #waiting = new Set<() => void>();

  readonly listener = (state: S): void => {
    this.all.push(state);
    for (const check of [...this.#waiting]) check();
  };

  get last(): S | undefined {
    return this.all.at(-1);
  }

  /** Resolves when the latest delivery satisfies `wanted`; fails after `ms`. */
  until(what: string, wanted: (state: S) => boolean, ms = 20_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = () => {
        if (this.all.length === 0 || !wanted(this.all.at(-1)!)) return;
        clearTimeout(timer);
        this.#waiting.delete(check);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(check);
        reject(new Error(`${what}: not delivered within ${ms} ms`));
      }, ms);
      this.#waiting.add(check);
      check();
    });
  }
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (data: Uint8Array | undefined): string | undefined =>
  data === undefined ? undefined : new TextDecoder().decode(data);
