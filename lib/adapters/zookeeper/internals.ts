/**
 * The one file that knows the insides of the package `node-zookeeper-client`. It is used for what it does well: the wire
 * format, request ids, back-pressure. It never dials, never keeps watches, never retries, and its faults are cured here
 * or around here; docs/zookeeper.md lists them with their tests.
 */
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { DroverError, messageOf } from '../../core/index.js';
import { CODE } from './codes.js';

const require = createRequire(import.meta.url);
const PACKAGE = 'node-zookeeper-client';
const KNOWN_VERSION = '1.1.3';

/** The package's Stat: 64-bit numbers are buffers of 8 bytes. */
export interface RawStat {
  readonly czxid: Buffer;
  readonly mzxid: Buffer;
  readonly pzxid: Buffer;
  readonly version: number;
  readonly cversion: number;
  readonly ephemeralOwner: Buffer;
}

/** One operation of a transaction. Flags: 1 ephemeral, 2 sequential. */
export type RawOperation =
  | { readonly op: 'create'; readonly path: string; readonly data: Buffer; readonly flags: number }
  | { readonly op: 'set'; readonly path: string; readonly data: Buffer; readonly version: number }
  | { readonly op: 'delete' | 'check'; readonly path: string; readonly version: number };

/** The answer to one operation; `err` is there when the transaction failed. */
export interface RawResult {
  readonly path?: string;
  readonly stat?: RawStat;
  readonly err?: number;
}

export interface RawEvent {
  /** 1 created, 2 deleted, 3 data changed, 4 children changed. */
  readonly type: number;
  readonly path: string;
}

/** How a request ended: answered, refused with a code, or left without an answer when the connection went. */
export type Outcome<T> =
  | { readonly kind: 'answered'; readonly value: T }
  | { readonly kind: 'refused'; readonly code: number }
  | { readonly kind: 'lost'; readonly sent: boolean };

export type Done<T> = (outcome: Outcome<T>) => void;

/** What the server made of our wish for a session. */
export type Welcome = 'waiting' | 'welcome' | 'expired';

type Callback<A extends unknown[]> = (error: Refusal | null | undefined, ...answer: A) => void;

interface Transaction {
  readonly ops: { version?: number }[];
  create(path: string, data: Buffer, flags: number): void;
  setData(path: string, data: Buffer): void;
  remove(path: string): void;
  check(path: string): void;
  commit(callback: Callback<[RawResult[] | undefined]>): void;
}

interface Client {
  readonly connectionManager: Manager;
  getData(path: string, watcher: (() => void) | undefined, callback: Callback<[Buffer?, RawStat?]>): void;
  getChildren(
    path: string,
    watcher: (() => void) | undefined,
    callback: Callback<[string[]?, RawStat?]>,
  ): void;
  exists(path: string, watcher: (() => void) | undefined, callback: Callback<[(RawStat | null)?]>): void;
  transaction(): Transaction;
  close(): void;
}

interface Request {
  toBuffer(): Buffer;
}

interface Manager {
  readonly sessionId: Buffer;
  readonly sessionTimeout: number;
  readonly packetQueue: { readonly queue: { callback(error: Refusal): void }[] };
  readonly state: number;
  xid: number;
  socket: Socket;
  pendingBuffer: Buffer | null;
  watcherManager: unknown;
  connect: () => void;
  onSocketTimeout: () => void;
  setState(state: number): void;
  onSocketConnected(): void;
  onSocketData(frame: Buffer): void;
  onSocketDrain(): void;
  onSocketClosed(): void;
  queue(request: Request, callback: Callback<[unknown]>): void;
}

interface ZooKeeperPackage {
  readonly Exception: { create: (code: number) => Refusal };
  createClient(servers: string, options: { sessionTimeout: number; retries: number }): Client;
}

interface Jute {
  readonly OP_CODES: { readonly CREATE: number; readonly SYNC: number };
  readonly Request: new (header: unknown, payload: unknown) => Request;
  readonly protocol: {
    readonly RequestHeader: new (xid: number, type: number) => unknown;
    readonly CreateResponse: new (path: string) => unknown;
  };
}

/** Connection states of the package. */
const STATE = { disconnected: 0, connecting: 1, connected: 2, expired: -3 } as const;

/** Our own code for a request that never left: no code of the protocol is positive. */
const NOT_SENT = 1;

/** Where the operation's type stands in a request: after the length and the request id. */
const TYPE_OFFSET = 8;

class Refusal extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`code ${code}`);
    this.name = 'Refusal';
    this.code = code;
  }

  /** The package asks its exceptions this way. */
  getCode(): number {
    return this.code;
  }
}

/** Refuses every version of the package but the one whose insides this file was written for. */
export function assertKnownVersion(found: unknown): void {
  if (found === KNOWN_VERSION) return;
  throw new DroverError('INTERNAL', {
    object: PACKAGE,
    reason: `version ${String(found)} is installed, but its insides are known to us in ${KNOWN_VERSION} only`,
    remedy: `install ${KNOWN_VERSION}, or check lib/adapters/zookeeper/internals.ts against the new version`,
  });
}

function loadPackage(): { readonly zookeeper: ZooKeeperPackage; readonly jute: Jute } {
  assertKnownVersion((require(`${PACKAGE}/package.json`) as { version?: unknown }).version);
  const zookeeper = require(PACKAGE) as ZooKeeperPackage;
  const jute = require(`${PACKAGE}/lib/jute`) as Jute;
  // Its own factory throws at a code that it does not know, inside the socket's handler.
  zookeeper.Exception.create = (code) => new Refusal(code);
  return { zookeeper, jute };
}

/**
 * The protocol of one session: one client object of the package. Connections are attached to it one after the other; a
 * request is made on the attached one, and every request is answered exactly once, at the latest by {@link detach}.
 */
export class Protocol {
  readonly #client: Client;
  readonly #manager: Manager;
  readonly #jute: Jute;
  readonly #unanswered = new Set<(error: Refusal) => void>();

  constructor(sessionMs: number, chroot: string, onEvent: (event: RawEvent) => void) {
    const { zookeeper, jute } = loadPackage();
    this.#jute = jute;
    this.#client = zookeeper.createClient(`never-dialled${chroot}`, {
      sessionTimeout: sessionMs,
      retries: 0,
    });
    this.#manager = this.#client.connectionManager;
    // We dial, we beat, and the server throttles request 0 for ever.
    this.#manager.connect = () => undefined;
    this.#manager.onSocketTimeout = () => undefined;
    this.#manager.xid = 1;
    // Its registry would arm every watch again in one packet; ours reads the paths again instead.
    this.#manager.watcherManager = {
      isEmpty: () => true,
      emit: onEvent,
      registerDataWatcher: () => undefined,
      registerChildWatcher: () => undefined,
      registerExistenceWatcher: () => undefined,
    };
  }

  /** The session's id in hex, as the server prints it. */
  get sessionId(): string {
    return this.#manager.sessionId.readBigUInt64BE().toString(16);
  }

  /** The timeout that the server granted, in milliseconds. */
  get timeoutMs(): number {
    return this.#manager.sessionTimeout;
  }

  /** Takes a fresh connection and asks for the session on it. */
  attach(socket: Socket): void {
    this.#manager.pendingBuffer = null;
    this.#manager.socket = socket;
    this.#manager.setState(STATE.connecting);
    this.#manager.onSocketConnected();
  }

  /** Takes one whole frame, its length included. Throws when it cannot be decoded: the connection is of no more use. */
  receive(frame: Buffer): Welcome {
    try {
      this.#manager.onSocketData(frame);
    } catch (error) {
      throw new DroverError(
        'STORE_PROTOCOL',
        { object: 'ZooKeeper reply', reason: `a frame of ${frame.length} bytes: ${messageOf(error)}` },
        error,
      );
    }
    if (this.#manager.state === STATE.connecting) return 'waiting';
    return this.#manager.state === STATE.expired ? 'expired' : 'welcome';
  }

  /** The connection takes bytes again. */
  drained(): void {
    this.#manager.onSocketDrain();
  }

  /** The connection is gone: whatever was asked and not answered is lost. */
  detach(): void {
    const unsent = this.#manager.packetQueue.queue.splice(0);
    for (const packet of unsent) packet.callback(new Refusal(NOT_SENT));
    this.#manager.onSocketClosed();
    // Left over: a request whose answer broke the decoder.
    for (const fail of [...this.#unanswered]) fail(new Refusal(CODE.connectionLoss));
  }

  /** The value and its stat, undefined for none; `arm` asks for one event at its next change, if it exists. */
  getData(path: string, arm: boolean, done: Done<{ data: Buffer; stat: RawStat } | undefined>): void {
    this.#ask<[Buffer?, RawStat?], { data: Buffer; stat: RawStat } | undefined>(
      (callback) => this.#client.getData(path, arm ? nothing : undefined, callback),
      (data, stat) => stat && { data: data ?? Buffer.alloc(0), stat },
      orMissing(done),
    );
  }

  /** The names and the stat, undefined for none; `arm` as in {@link getData}. */
  getChildren(path: string, arm: boolean, done: Done<{ names: string[]; stat: RawStat } | undefined>): void {
    this.#ask<[string[]?, RawStat?], { names: string[]; stat: RawStat } | undefined>(
      (callback) => this.#client.getChildren(path, arm ? nothing : undefined, callback),
      (names, stat) => stat && { names: names ?? [], stat },
      orMissing(done),
    );
  }

  /** The stat, undefined for none; asks for one event at the next change, the creation included. */
  armExists(path: string, done: Done<RawStat | undefined>): void {
    this.#ask<[(RawStat | null)?], RawStat | undefined>(
      (callback) => this.#client.exists(path, nothing, callback),
      (stat) => stat ?? undefined,
      orMissing(done),
    );
  }

  /** All or nothing. A transaction that failed is answered too: its results say which operation, and why. */
  multi(operations: readonly RawOperation[], done: Done<readonly RawResult[]>): void {
    const transaction = this.#client.transaction();
    for (const operation of operations) addOperation(transaction, operation);
    this.#ask<[readonly RawResult[] | undefined], readonly RawResult[]>(
      // With results the error only repeats what they say.
      (callback) =>
        transaction.commit((error, results) => callback(results === undefined ? error : null, results)),
      (results) => results ?? [],
      done,
    );
  }

  /** Answered when this server has all that the leader had at the request. */
  sync(path: string, done: Done<undefined>): void {
    const { Request, protocol, OP_CODES } = this.#jute;
    // The package has no sync. Its body and its answer are shaped like the answer to a create, so it goes as a create
    // whose type is put right in the bytes.
    const request = new Request(
      new protocol.RequestHeader(0, OP_CODES.CREATE),
      new protocol.CreateResponse(path),
    );
    const encode = request.toBuffer.bind(request);
    request.toBuffer = () => {
      const bytes = encode();
      bytes.writeInt32BE(OP_CODES.SYNC, TYPE_OFFSET);
      return bytes;
    };
    this.#ask<[unknown], undefined>((callback) => this.#manager.queue(request, callback), nothing, done);
  }

  /** Asks the server to end the session; it answers what is in flight, then closes the connection. */
  closeSession(): void {
    this.#client.close();
  }

  #ask<A extends unknown[], T>(
    send: (callback: Callback<A>) => void,
    value: (...answer: A) => T,
    done: Done<T>,
  ): void {
    const fail = (error: Refusal) => {
      if (!this.#unanswered.delete(fail)) return;
      if (error.code === NOT_SENT) done({ kind: 'lost', sent: false });
      else if (error.code === CODE.connectionLoss) done({ kind: 'lost', sent: true });
      else done({ kind: 'refused', code: error.code });
    };
    this.#unanswered.add(fail);
    send((error, ...answer) => {
      if (error) fail(error);
      else if (this.#unanswered.delete(fail)) done({ kind: 'answered', value: value(...answer) });
    });
  }
}

function nothing(): undefined {
  return undefined;
}

/** No node is an answer, not a refusal. */
function orMissing<T>(done: Done<T | undefined>): Done<T | undefined> {
  return (outcome) =>
    done(
      outcome.kind === 'refused' && outcome.code === CODE.noNode
        ? { kind: 'answered', value: undefined }
        : outcome,
    );
}

function addOperation(transaction: Transaction, operation: RawOperation): void {
  switch (operation.op) {
    case 'create':
      transaction.create(operation.path, operation.data, operation.flags);
      return;
    case 'set':
      transaction.setData(operation.path, operation.data);
      break;
    case 'delete':
      transaction.remove(operation.path);
      break;
    case 'check':
      transaction.check(operation.path);
      break;
  }
  // Its builder takes version 0 for "any version": the version is set on what it built.
  const built = transaction.ops.at(-1);
  if (built !== undefined) built.version = operation.version;
}
