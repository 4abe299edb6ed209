import { createServer, type Server, type Socket, connect } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** What may be in flight in one direction before the sender is held back. */
const WINDOW_BYTES = 16 * 1024 * 1024;

/**
 * A TCP proxy that hands every byte on `delayMs` after it came, in both directions: the delay of a long line, where the
 * kernel has no netem. Throughput is bounded by 16 MiB per delay and direction. Set `delayMs` at any time.
 */
export class DelayProxy {
  delayMs: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, target: Endpoint, delayMs: number) {
    this.#server = server;
    this.delayMs = delayMs;
    server.on('connection', (client) => this.#join(client, connect({ ...target, allowHalfOpen: true })));
  }

  /** Listens, and connects to `target` for each client. */
  static async start(listen: Endpoint, target: Endpoint, delayMs: number): Promise<DelayProxy> {
    const server = createServer({ allowHalfOpen: true });
    const proxy = new DelayProxy(server, target, delayMs);
    server.listen(listen);
    await once(server, 'listening');
    return proxy;
  }

  /** Where it listens; for a `listen` with port 0. */
  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Cuts every connection and stops listening. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.resetAndDestroy();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #join(client: Socket, server: Socket): void {
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.once('close', () => this.#sockets.delete(socket));
    }
    // One side's death is the other's; an orderly end travels with the bytes.
    const follow = (one: Socket, other: Socket): void => {
      one.once('error', () => other.resetAndDestroy());
      one.once('close', () => {
        if (!one.readableEnded) other.resetAndDestroy();
      });
      this.#carry(one, other);
    };
    follow(client, server);
    follow(server, client);
  }

  #carry(from: Socket, to: Socket): void {
    let pending = 0;
    let last = Promise.resolve();
    const later = (action: () => void): void => {
      const due = sleep(this.delayMs);
      // After what came before, even when the delay was shortened in between.
      last = last.then(() => due).then(action);
    };
    from.on('data', (chunk: Buffer) => {
      pending += chunk.length;
      if (pending > WINDOW_BYTES) from.pause();
      later(() => {
        if (to.destroyed) return;
        to.write(chunk, () => {
          pending -= chunk.length;
          from.resume();
        });
      });
    });
    from.once('end', () => later(() => to.end()));
  }
}
