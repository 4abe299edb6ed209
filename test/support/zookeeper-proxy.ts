/** A proxy that understands ZooKeeper's frames, and the raw requests that no proper client makes. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Frames } from '../../lib/adapters/zookeeper/frames.js';
import { type Filter, Proxy, type ProxyOptions } from './proxy.js';

/** Operation types of the protocol. */
export const OP = { getData: 4, sync: 9, multi: 14, getChildren2: 12, setWatches: 101, close: -11 } as const;

export interface SeenRequest {
  readonly xid: number;
  readonly type: number;
}

/** What is done to the reply to a request: its error code is changed, its bytes are, or it is lost with the connection. */
export type Twist =
  | { readonly type: number; readonly do: 'refuse'; readonly code: number }
  | { readonly type: number; readonly do: 'garble' }
  | { readonly type: number; readonly do: 'lose' };

export interface SessionKeys {
  readonly id: bigint;
  readonly password: Buffer;
}

const LENGTH = 4;
/** Of a reply: length, request id, transaction id; then the error code, then the body. */
const ERROR_AT = LENGTH + 4 + 8;

export class ZooKeeperProxy {
  readonly tcp: Proxy;
  /** Every request that passed, in order. */
  readonly requests: SeenRequest[];
  readonly #state: State;

  private constructor(tcp: Proxy, state: State) {
    this.tcp = tcp;
    this.#state = state;
    this.requests = state.requests;
  }

  static async start(options: Omit<ProxyOptions, 'filter'>): Promise<ZooKeeperProxy> {
    const state: State = { requests: [], twists: [], keys: undefined, inFlight: 0, mostInFlight: 0 };
    const tcp = await Proxy.start({ ...options, filter: (cut) => new FrameFilter(state, cut) });
    return new ZooKeeperProxy(tcp, state);
  }

  get endpoint(): string {
    return this.tcp.endpoint;
  }

  /** The id and the password of the session that was granted last. */
  get keys(): SessionKeys {
    if (this.#state.keys === undefined) throw new Error('no session was granted through this proxy');
    return this.#state.keys;
  }

  /** Twists the reply to the next request of the type. */
  twist(twist: Twist): void {
    this.#state.twists.push(twist);
  }

  /** The most requests that were on their way at once. */
  get mostInFlight(): number {
    return this.#state.mostInFlight;
  }

  count(type: number): number {
    return this.requests.filter((request) => request.type === type).length;
  }
}

interface State {
  readonly requests: SeenRequest[];
  readonly twists: Twist[];
  keys: SessionKeys | undefined;
  inFlight: number;
  mostInFlight: number;
}

class FrameFilter implements Filter {
  readonly #state: State;
  readonly #cut: () => void;
  readonly #requests = new Frames();
  readonly #replies = new Frames();
  readonly #twisted = new Map<number, Twist>();
  #asked = false;
  #granted = false;

  constructor(state: State, cut: () => void) {
    this.#state = state;
    this.#cut = cut;
  }

  toServer(chunk: Buffer): Buffer {
    for (const frame of this.#requests.push(chunk)) this.#request(frame);
    return chunk;
  }

  toClient(chunk: Buffer): Buffer {
    return Buffer.concat(this.#replies.push(chunk).map((frame) => this.#reply(frame)));
  }

  #request(frame: Buffer): void {
    if (!this.#asked) {
      this.#asked = true;
      return;
    }
    const request = { xid: frame.readInt32BE(LENGTH), type: frame.readInt32BE(LENGTH + 4) };
    this.#state.requests.push(request);
    this.#state.inFlight += 1;
    this.#state.mostInFlight = Math.max(this.#state.mostInFlight, this.#state.inFlight);
    const at = this.#state.twists.findIndex((twist) => twist.type === request.type);
    const [twist] = at < 0 ? [] : this.#state.twists.splice(at, 1);
    if (twist !== undefined) this.#twisted.set(request.xid, twist);
  }

  #reply(frame: Buffer): Buffer {
    if (!this.#granted) {
      this.#granted = true;
      // Length, protocol version, timeout; then the id, then the password with its length.
      this.#state.keys = { id: frame.readBigUInt64BE(12), password: Buffer.from(frame.subarray(24, 40)) };
      return frame;
    }
    const xid = frame.readInt32BE(LENGTH);
    if (xid > 0) this.#state.inFlight -= 1;
    const twist = this.#twisted.get(xid);
    switch (twist?.do) {
      case undefined:
        return frame;
      case 'lose':
        this.#cut();
        return Buffer.alloc(0);
      case 'garble':
        return Buffer.concat([
          frame.subarray(0, ERROR_AT + 4),
          Buffer.alloc(frame.length - ERROR_AT - 4, 0x7f),
        ]);
      case 'refuse': {
        const refusal = Buffer.from(frame.subarray(0, ERROR_AT + 4));
        refusal.writeInt32BE(refusal.length - LENGTH, 0);
        refusal.writeInt32BE(twist.code, ERROR_AT);
        return refusal;
      }
    }
  }
}

/** Takes the session over on a connection of its own, as nobody but its owner should. */
export async function takeOver(endpoint: string, keys: SessionKeys): Promise<Socket> {
  const [host, port] = endpoint.split(':');
  const socket = connect({ host: host ?? '', port: Number(port) });
  // Length, protocol version, last transaction, timeout, id, length of the password, password, read-only.
  const hello = Buffer.alloc(LENGTH + 45);
  hello.writeInt32BE(hello.length - LENGTH, 0);
  hello.writeInt32BE(10_000, 16);
  hello.writeBigUInt64BE(keys.id, 20);
  hello.writeInt32BE(keys.password.length, 28);
  keys.password.copy(hello, 32);
  socket.write(hello);
  await once(socket, 'data');
  socket.resume();
  return socket;
}

/** Ends the session at the server, behind its owner's back. */
export async function closeForeignSession(endpoint: string, keys: SessionKeys): Promise<void> {
  const socket = await takeOver(endpoint, keys);
  const farewell = Buffer.alloc(LENGTH + 8);
  farewell.writeInt32BE(8, 0);
  farewell.writeInt32BE(1, LENGTH);
  farewell.writeInt32BE(OP.close, LENGTH + 4);
  const closed = once(socket, 'close');
  socket.write(farewell);
  await closed;
}
