import { Readable } from 'node:stream';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { type Dispatcher, Pool } from 'undici';
import {
  MIRROR_MESSAGES,
  type MirrorAbout,
  type MirrorActivate,
  type MirrorCopy,
  type MirrorMarked,
  type MirrorOffer,
  type MirrorPrepare,
  type Reached,
  type ReceiveView,
  type SumLine,
} from '../../../schemas/mirror-wire.js';
import {
  DroverError,
  ERROR_CODES,
  type ErrorCode,
  isDroverError,
  LIMITS,
  messageOf,
} from '../../core/index.js';
import type { ImageName, Peer, PeerCall } from '../../ports/index.js';

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

function is(message: keyof typeof MIRROR_MESSAGES, value: unknown): boolean {
  return VALIDATORS.get(message)?.Check(value) === true;
}

/** Units of several disks at once, and a question beside them. */
const CONNECTIONS = 6;

/** Another cluster of Drover by its HTTP API. */
export class HttpPeer implements Peer {
  readonly #address: PeerAddress;
  readonly #prefix: string;
  readonly #pool: Pool;

  constructor(address: PeerAddress) {
    this.#address = address;
    const { url, verify, ca } = address;
    this.#prefix = new URL(url).pathname.replace(/\/+$/, '');
    // One request at a time on each connection: a unit must not stand in the way of another.
    this.#pool = new Pool(new URL(url).origin, {
      connections: CONNECTIONS,
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      maxResponseSize: LIMITS.clientAnswerBytes,
      connect: {
        timeout: LIMITS.clientConnectMs,
        rejectUnauthorized: verify,
        ...(ca === undefined ? {} : { ca }),
      },
    });
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
    const answer = await this.#send(
      {
        ...{ method: 'PUT', path, type: 'application/octet-stream' },
        body: Readable.from(chunks, { objectMode: false }),
      },
      { wanted: signal },
    );
    const { to } = answer as { readonly to?: unknown };
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

  async *sums(
    uuid: string,
    point: string,
    disk: ImageName,
    { rate, signal }: { readonly rate?: number | undefined; readonly signal: AbortSignal },
  ): AsyncGenerator<SumLine> {
    const query = new URLSearchParams({ pool: disk.pool, volume: disk.name });
    if (rate !== undefined) query.set('rate', String(rate));
    const path = `/mirror/vms/${uuid}/points/${encodeURIComponent(point)}/sums?${query.toString()}`;
    for await (const line of this.#lines(path, signal)) {
      if (is('sumLine', line)) yield line as SumLine;
      else if (is('sumsEnd', line)) return;
      else if (is('sumsError', line)) {
        const { code, message } = (line as { readonly error: { code: string; message: string } }).error;
        throw this.#told(502, JSON.stringify({ code, message }));
      } else throw this.#strange('a line of it is no sum');
    }
    throw new DroverError('API_UNREACHABLE', { object: this.#object, reason: 'its answer was cut' });
  }

  judge(uuid: string, point: string, equal: boolean, options?: PeerCall): Promise<MirrorMarked> {
    const path = `/mirror/vms/${uuid}/points/${encodeURIComponent(point)}/verdict`;
    return this.#ask('POST', path, 'marked', { equal }, options);
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
    await this.#pool.destroy();
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
    if (is(message, answer)) return answer as T;
    throw this.#strange(`its answer is no ${message}`);
  }

  async #json(method: Method, path: string, body: unknown, options: PeerCall = {}): Promise<unknown> {
    const { signal: wanted, limitMs = LIMITS.peerCallMs } = options;
    const sent = body === undefined ? {} : { type: 'application/json', body: JSON.stringify(body) };
    return await this.#send({ method, path, ...sent }, { late: AbortSignal.timeout(limitMs), wanted });
  }

  /** Sends one request; ends it as `late` or as nobody's wish any more when one of the two aborts. */
  async #send(
    request: Pick<Dispatcher.RequestOptions, 'method' | 'path' | 'body'> & { readonly type?: string },
    { late, wanted }: { readonly late?: AbortSignal; readonly wanted: AbortSignal | undefined },
  ): Promise<unknown> {
    const { type, path, ...rest } = request;
    const signals = [late, wanted].filter((signal) => signal !== undefined);
    let reply: { readonly status: number; readonly text: string };
    try {
      const { statusCode: status, body } = await this.#pool.request({
        ...rest,
        path: this.#prefix + path,
        headers: {
          'x-api-key': this.#address.token,
          ...(type === undefined ? {} : { 'content-type': type }),
        },
        signal: AbortSignal.any(signals),
      });
      reply = { status, text: await body.text() };
    } catch (error) {
      throw this.#broken(error, late, wanted);
    }
    if (reply.status > 299) throw this.#told(reply.status, reply.text);
    try {
      return JSON.parse(reply.text) as unknown;
    } catch (error) {
      throw this.#strange('its answer is no JSON', error);
    }
  }

  /** An answer of lines of JSON, as it comes. */
  async *#lines(path: string, signal: AbortSignal): AsyncGenerator {
    const headers = { 'x-api-key': this.#address.token };
    let rest = '';
    try {
      const { statusCode, body } = await this.#pool.request({
        ...{ method: 'GET', path: this.#prefix + path, headers, signal },
      });
      if (statusCode > 299) throw this.#told(statusCode, await body.text());
      body.setEncoding('utf8');
      for await (const text of body as AsyncIterable<string>) {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) yield this.#parsed(line);
      }
    } catch (error) {
      throw this.#broken(error, undefined, signal);
    }
  }

  #parsed(line: string): unknown {
    try {
      return JSON.parse(line) as unknown;
    } catch (error) {
      throw this.#strange('a line of its answer is no JSON', error);
    }
  }

  /** Why there is no answer. What the body of a request failed with is told as it is. */
  #broken(error: unknown, late: AbortSignal | undefined, wanted: AbortSignal | undefined): unknown {
    const object = this.#object;
    if (isDroverError(error)) return error;
    if (wanted?.aborted === true)
      return isDroverError(wanted.reason)
        ? wanted.reason
        : new DroverError('CANCELLED', { object, reason: 'nobody waits any more' }, error);
    if (late?.aborted === true)
      return new DroverError('DEADLINE', { object, reason: 'it takes too long to answer' }, error);
    const code = DISTRUST.test(codeOf(error)) ? 'API_DISTRUSTED' : 'API_UNREACHABLE';
    return new DroverError(code, { object, reason: messageOf(error) }, error);
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
