import { randomUUID } from 'node:crypto';
import type { Test } from 'tap';
import type { DroverError, ErrorCode } from '../../lib/core/index.js';
import {
  type Conflict,
  conflictOf,
  type ConflictReason,
  type Session,
  type Store,
  type Write,
} from '../../lib/ports/index.js';

/** What an implementation of the Store brings along to be tested. One fixture serves one test. */
export interface StoreFixture {
  /** A store whose session is connected. The fixture closes it. */
  open(): Promise<Store>;
  /** Ends the session of `store` at the server, as if it had timed out there. Does not wait for the client to know. */
  expire(store: Store): Promise<void>;
  /** The next commit of `store` is applied, but its reply is lost and the connection with it. */
  loseReply(store: Store): Promise<void>;
  /** Cuts `store` off: its connection breaks, and no new one succeeds until {@link reconnect}. */
  disconnect(store: Store): Promise<void>;
  reconnect(store: Store): Promise<void>;
  /** Waits for `condition`; fails naming `what` after a deadline that is longer than a session and a reconnect. */
  eventually(condition: () => boolean | Promise<boolean>, what: string): Promise<void>;
  close(): Promise<void>;
}

export type MakeFixture = () => Promise<StoreFixture>;

/** What one test works with: a store and an empty place in its tree that no other test knows. */
export interface Ground extends StoreFixture {
  readonly store: Store;
  readonly root: string;
}

/** Runs one test of the contract on a fixture of its own. */
export function contractTest(
  t: Test,
  make: MakeFixture,
  name: string,
  body: (t: Test, ground: Ground) => Promise<void>,
): void {
  void t.test(name, async (t) => {
    const fixture = await make();
    t.teardown(() => fixture.close());
    const store = await fixture.open();
    const root = `/contract-${randomUUID()}`;
    await store.commit([create(root)]);
    await body(t, {
      store,
      root,
      open: () => fixture.open(),
      expire: (of) => fixture.expire(of),
      loseReply: (of) => fixture.loseReply(of),
      disconnect: (of) => fixture.disconnect(of),
      reconnect: (of) => fixture.reconnect(of),
      eventually: (condition, what) => fixture.eventually(condition, what),
      close: () => fixture.close(),
    });
  });
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function textOf(data: Uint8Array | undefined): string | undefined {
  return data === undefined ? undefined : new TextDecoder().decode(data);
}

export function create(path: string, text = '', mode?: Extract<Write, { op: 'create' }>['mode']): Write {
  return { op: 'create', path, data: bytes(text), ...(mode === undefined ? {} : { mode }) };
}

export function set(path: string, text: string, version: number): Write {
  return { op: 'set', path, data: bytes(text), version };
}

export function remove(path: string, version: number): Write {
  return { op: 'delete', path, version };
}

export function check(path: string, version: number): Write {
  return { op: 'check', path, version };
}

/** The value at `path` as text, after a sync. */
export async function freshText(store: Store, path: string): Promise<string | undefined> {
  await store.sync();
  return textOf((await store.read(path))?.data);
}

/** Expects a rejection of the table with this code, and returns it. */
export async function refused(
  t: Test,
  promise: Promise<unknown>,
  code: ErrorCode,
  what: string,
): Promise<DroverError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  t.match(error, { name: 'DroverError', code }, what);
  return error as DroverError;
}

/** Expects a STORE_CONFLICT at operation `index` for this reason, and returns its details. */
export async function conflicts(
  t: Test,
  promise: Promise<unknown>,
  index: number,
  why: ConflictReason,
  what: string,
): Promise<Conflict | undefined> {
  const conflict = conflictOf(await refused(t, promise, 'STORE_CONFLICT', what));
  t.match(conflict, { index, why }, `${what}: names the operation and why`);
  return conflict;
}

/** The states a store goes through, from now on. */
export function statesOf(store: Store): Session[] {
  const states: Session[] = [];
  store.onSession((session) => states.push(session));
  return states;
}
