import { Readable } from 'node:stream';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Client, type Dispatcher } from 'undici';
import {
  MIRROR_MESSAGES,
  type MirrorAbout,
  type MirrorActivate,
  type MirrorCopy,
  type MirrorOffer,
  type MirrorPrepare,
  type Reached,
  type ReceiveView,
} from '../../../schemas/mirror-wire.js';
import {
  DroverError,
  ERROR_CODES,
  type ErrorCode,
  isDroverError,
  LIMITS,
  messageOf,
} from '../../core/index.js';
import type { Peer, PeerCall } from '../../ports/index.js';

export interface PeerAddress {
  readonly name: string;
  /** With the prefix: `https://10.1.0.5:7370/api/v1`. */
  readonly url: string;
  readonly verify: boolean;
  /** PEM of the authorities that may sign its certificate. */
  readonly ca?: string;
  readonly token: string;
}

const VALIDATORS: ReadonlyMap<string, { Check(value: unknown): boolean }> = new Map(
  Object.entries(MIRROR_MESSAGES).map(([name, schema]) => [name, Compile(schema as TSchema)]),
);

/** Units of several disks at once, and a question beside them. */
const CONNECTIONS = 6;

/** Another cluster of Drover by its HTTP API. */
export class HttpPeer implements Peer {
  readonly #address: PeerAddress;
  readonly #prefix: string;
  readonly #clients: Client[] = [];
  readonly #idle: Client[] = [];
  #waiting: ((client: Client) => void)[] = [];

  constructor(address: PeerAddress) {
    this.#address = address;
    this.#prefix = new URL(address.url).pathname.replace(/\/+$/, '');
  }

  about(options?: PeerCall): Promise<MirrorAbout> {
    return this.#ask('GET', '/mirror/about', 'about', undefined, options);
  }

  async copy(uuid: string, options?: PeerCall): Promise<MirrorCopy | undefined> {
    try {
      return await this.#ask<MirrorCopy>('GET', `/mirror/vms/${uuid}`, 'copy', undefined, options);
    } catch (error) {
      if (isDroverError(error, 'NOT_FOUND')) return undefined;
      throw error;
    }
  }

  begin(offer: MirrorOffer, options?: PeerCall): Promise<ReceiveView> {
    return this.#ask('POST', '/mirror/receives', 'receive', offer, {
      limitMs: LIMITS.peerWorkMs,
      ...options,
    });
  }

  receive(id: string, options?: PeerCall): Promise<ReceiveView> {
    return this.#ask('GET', `/mirror/receives/${encodeURIComponent(id)}`, 'receive', undefined, options);
  }

  async unit(
    id: string,
    disk: number,
    from: number,
    chunks: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<number> {
    const path = `/mirror/receives/${encodeURIComponent(id)}/disks/${disk}?from=${from}`;
    const { text } = await this.#send({
      method: 'PUT',
      path,
      headers: { 'content-type': 'application/octet-stream' },
      body: Readable.from(chunks, { objectMode: false }),
      signal,
    });
    const { to } = JSON.parse(text) as { readonly to?: unknown };
    if (typeof to === 'number') return to;
    throw this.#strange('it does not say how far the unit went');
  }

  commit(id: string, options?: PeerCall): Promise<Reached> {
    const path = `/mirror/receives/${encodeURIComponent(id)}/commit`;
    return this.#ask('POST', path, 'reached', {}, { limitMs: LIMITS.peerWorkMs, ...options });
  }

  async abandon(id: string, options?: PeerCall): Promise<void> {
    await this.#tell('DELETE', `/mirror/receives/${encodeURIComponent(id)}`, undefined, {
      limitMs: LIMITS.peerWorkMs,
      ...options,
    });
  }

  async dropPoint(uuid: string, point: string, options?: PeerCall): Promise<void> {
    const path = `/mirror/vms/${uuid}/points/${encodeURIComponent(point)}`;
    await this.#tell('DELETE', path, undefined, { limitMs: LIMITS.peerWorkMs, ...options });
  }

  prepare(uuid: string, how: MirrorPrepare, options?: PeerCall): Promise<void> {
    return this.#tell('POST', `/mirror/vms/${uuid}/prepare`, how, options);
  }

  activate(uuid: string, how: MirrorActivate, options?: PeerCall): Promise<void> {
    return this.#tell('POST', `/mirror/vms/${uuid}/activate`, how, options);
  }

  revoke(uuid: string, how: MirrorPrepare, options?: PeerCall): Promise<void> {
    return this.#tell('POST', `/mirror/vms/${uuid}/revoke`, how, options);
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.destroy()));
  }

  async #tell(method: Method, path: string, body: unknown, options?: PeerCall): Promise<void> {
    await this.#json(method, path, body, options);
  }

  async #ask<T>(
    method: Method,
    path: string,
    message: keyof typeof MIRROR_MESSAGES,
    body: unknown,
    options?: PeerCall,
  ): Promise<T> {
    const answer = await this.#json(method, path, body, options);
    if (VALIDATORS.get(message)?.Check(answer) === true) return answer as T;
    throw this.#strange(`its answer is no ${message}`);
  }

  async #json(method: Method, path: string, body: unknown, options: PeerCall = {}): Promise<unknown> {
    const { signal, limitMs = LIMITS.peerCallMs } = options;
    const late = AbortSignal.timeout(limitMs);
    const { text } = await this.#send(
      {
        ...{ method, path },
        headers: body === undefined ? {} : { 'content-type': 'application/json' },
        body: body === undefined ? null : JSON.stringify(body),
        signal: signal === undefined ? late : AbortSignal.any([signal, late]),
      },
      late,
      signal,
    );
    try {
      return JSON.parse(text) as unknown;
    } catch (error) {
      throw this.#strange('its answer is no JSON', error);
    }
  }

  async #send(
    request: Omit<Dispatcher.RequestOptions, 'signal'> & { readonly signal: AbortSignal },
    late?: AbortSignal,
    wanted: AbortSignal | undefined = late === undefined ? request.signal : undefined,
  ): Promise<{ readonly status: number; readonly text: string }> {
    const client = await this.#client();
    try {
      const reply = await client.request({
        ...request,
        path: this.#prefix + request.path,
        headers: { ...(request.headers as Record<string, string>), 'x-api-key': this.#address.token },
      });
      const text = await reply.body.text();
      if (reply.statusCode > 299) throw this.#told(reply.statusCode, text);
      return { status: reply.statusCode, text };
    } catch (error) {
      if (isDroverError(error)) throw error;
      if (wanted?.aborted === true) {
        const { reason } = wanted as { readonly reason: unknown };
        if (isDroverError(reason)) throw reason;
        throw new DroverError('CANCELLED', { object: this.#object, reason: 'nobody waits any more' }, error);
      }
      if (late?.aborted === true)
        throw new DroverError(
          'DEADLINE',
          { object: this.#object, reason: 'it takes too long to answer' },
          error,
        );
      const code = DISTRUST.test(codeOf(error)) ? 'API_DISTRUSTED' : 'API_UNREACHABLE';
      throw new DroverError(code, { object: this.#object, reason: messageOf(error) }, error);
    } finally {
      this.#release(client);
    }
  }

  /** One request at a time on each connection: a unit must not stand in the way of another. */
  async #client(): Promise<Client> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#clients.length >= CONNECTIONS)
      return await new Promise<Client>((resolve) => this.#waiting.push(resolve));
    const { url, verify, ca } = this.#address;
    const client = new Client(new URL(url).origin, {
      headersTimeout: 0,
      bodyTimeout: 0,
      maxResponseSize: LIMITS.clientAnswerBytes,
      connect: {
        timeout: LIMITS.clientConnectMs,
        rejectUnauthorized: verify,
        ...(ca === undefined ? {} : { ca }),
      },
    });
    this.#clients.push(client);
    return client;
  }

  #release(client: Client): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(client);
    else next(client);
  }

  /** What the other side said instead, with its own code where it is one that we know. */
  #told(status: number, text: string): DroverError {
    let said: { readonly message?: unknown; readonly code?: unknown } = {};
    try {
      said = JSON.parse(text) as typeof said;
    } catch {
      // A proxy in between speaks for it: its status is what counts.
    }
    const reason = typeof said.message === 'string' ? said.message : `it answered ${status}`;
    const known = ERROR_CODES.find((code) => code === said.code);
    return new DroverError(known ?? codeFor(status), {
      object: this.#object,
      reason,
      remedy: 'see to it there, then ask again',
    });
  }

  #strange(reason: string, cause?: unknown): DroverError {
    const remedy = 'check the address and the version of the other cluster';
    return new DroverError('API_UNREACHABLE', { object: this.#object, reason, remedy }, cause);
  }

  get #object(): string {
    return `peer ${this.#address.name}`;
  }
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** What Node says of a certificate that it does not accept. */
const DISTRUST = /^(?:CERT_|DEPTH_ZERO_|ERR_TLS_CERT_|SELF_SIGNED_|UNABLE_TO_(?:GET_ISSUER|VERIFY_LEAF))/;

function codeOf(error: unknown): string {
  const code = error instanceof Error ? (error as { readonly code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : '';
}

function codeFor(status: number): ErrorCode {
  if (status === 401) return 'UNAUTHENTICATED';
  if (status === 403) return 'FORBIDDEN';
  if (status === 404) return 'NOT_FOUND';
  return status >= 500 ? 'API_UNREACHABLE' : 'REFUSED';
}
