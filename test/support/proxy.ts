/** A TCP proxy that misbehaves on demand: silent, refusing, cutting, slow, changing what passes. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** Looks at, and may change, the bytes of one connection. */
export interface Filter {
  toServer(chunk: Buffer): Buffer;
  toClient(chunk: Buffer): Buffer;
}

export interface ProxyOptions {
  /** `host:port` of the real server. */
  readonly target: string;
  /** Terminates TLS. */
  readonly tls?: TlsOptions;
  /** The address to listen on. Default `127.0.0.1`. */
  readonly host?: string;
  /** Makes the filter of a new connection; `cut` ends that connection. */
  readonly filter?: (cut: () => void) => Filter;
}

interface Link {
  readonly client: Socket;
  readonly server: Socket;
}

const PASS: Filter = { toServer: (chunk) => chunk, toClient: (chunk) => chunk };

export class Proxy {
  /** Delays everything by so many milliseconds. */
  delayMs = 0;
  /** When each connection came, by `performance.now()`. */
  readonly arrivals: number[] = [];
  readonly #options: ProxyOptions;
  readonly #links = new Set<Link>();
  #listener: Server | undefined;
  #port = 0;
  #silent = false;
  #bytesLeft = Infinity;

  private constructor(options: ProxyOptions) {
    this.#options = options;
  }

  static async start(options: ProxyOptions): Promise<Proxy> {
    const proxy = new Proxy(options);
    await proxy.accept();
    return proxy;
  }

  /** `host:port` for clients. */
  get endpoint(): string {
    const host = this.#options.host ?? '127.0.0.1';
    return host.includes(':') ? `[${host}]:${this.#port}` : `${host}:${this.#port}`;
  }

  /** Takes connections again, at the same port. */
  async accept(): Promise<void> {
    if (this.#listener !== undefined) return;
    const { tls, host = '127.0.0.1' } = this.#options;
    const onClient = (client: Socket) => this.#connected(client);
    this.#listener = tls === undefined ? createServer(onClient) : createTlsServer(tls, onClient);
    // A client that does not get through TLS is the client's matter.
    this.#listener.on('tlsClientError', () => undefined);
    this.#listener.listen(this.#port, host);
    await once(this.#listener, 'listening');
    this.#port = (this.#listener.address() as AddressInfo).port;
  }

  /** Cuts all connections and refuses new ones. */
  async refuse(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    this.cut();
    if (listener === undefined) return;
    const closed = once(listener, 'close');
    listener.close();
    this.cut();
    await closed;
  }

  /** A black hole: connections stay open and are taken, but nothing passes any more, not even their end. */
  silence(): void {
    this.#silent = true;
  }

  /** Lets bytes pass again on new connections; those that were silent are cut, because they have lost bytes. */
  speak(): void {
    this.#silent = false;
    this.cut();
  }

  cut(): void {
    for (const link of [...this.#links]) this.#cut(link);
  }

  /** Passes so many more bytes to clients, then cuts every connection. */
  cutAfter(bytes: number): void {
    this.#bytesLeft = bytes;
  }

  async close(): Promise<void> {
    await this.refuse();
  }

  #connected(client: Socket): void {
    this.arrivals.push(performance.now());
    const [host, port] = this.#options.target.split(':');
    const server = connect({ host: host ?? '', port: Number(port) });
    const link = { client, server };
    this.#links.add(link);
    const filter = this.#options.filter?.(() => this.#cut(link)) ?? PASS;
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', () => this.#ended(link));
      socket.on('close', () => this.#ended(link));
    }
    client.on('data', (chunk: Buffer) => this.#pass(() => server.write(filter.toServer(chunk))));
    server.on('data', (chunk: Buffer) => this.#pass(() => this.#toClient(link, filter.toClient(chunk))));
  }

  #pass(action: () => void): void {
    if (this.#silent) return;
    if (this.delayMs === 0) action();
    else setTimeout(action, this.delayMs);
  }

  #toClient(link: Link, chunk: Buffer): void {
    const part = chunk.subarray(0, Math.min(chunk.length, this.#bytesLeft));
    this.#bytesLeft -= part.length;
    if (part.length < chunk.length) {
      this.#bytesLeft = Infinity;
      // What was passed must arrive before the end does.
      link.client.write(part, () => this.#cut(link));
      this.#links.delete(link);
      link.server.destroy();
    } else link.client.write(part);
  }

  /** One side is gone. Out of a black hole the other does not even hear that. */
  #ended(link: Link): void {
    if (!this.#silent) this.#cut(link);
  }

  #cut(link: Link): void {
    this.#links.delete(link);
    link.client.destroy();
    link.server.destroy();
  }
}
