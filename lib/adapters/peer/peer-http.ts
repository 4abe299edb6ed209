import { Readable } from 'node:stream';
import { Pool } from 'undici';
import {
  DroverError,
  ERROR_CODES,
  type ErrorCode,
  isDroverError,
  LIMITS,
  unanswered,
} from '../../core/index.js';

export interface PeerAddress {
  readonly name: string;
  /** With the prefix: `https://10.1.0.5:7370/api/v1`. */
  readonly url: string;
  readonly verify: boolean;
  /** PEM of the authorities that may sign its certificate. */
  readonly ca?: string;
  readonly token: string;
}

/** Units of several disks at once, and a question beside them. */
const CONNECTIONS = 6;

/** One request to another cluster. */
export interface PeerRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below its prefix, with the query. */
  readonly path: string;
  /** Content-Type of the body. */
  readonly type?: string;
  /** A text or bytes, or what comes, as it comes. */
  readonly body?: string | Buffer | AsyncIterable<Uint8Array>;
}

/** The way to another cluster: a few connections, answers of JSON, and errors of the table. */
export class PeerHttp {
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

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  /** Sends one request; ends it as `late` or as nobody's wish any more when one of the two aborts. */
  async send(
    { method, path, type, body: sent }: PeerRequest,
    { late, wanted }: { readonly late?: AbortSignal; readonly wanted: AbortSignal | undefined },
  ): Promise<unknown> {
    const signals = [late, wanted].filter((signal) => signal !== undefined);
    let reply: { readonly status: number; readonly text: string };
    try {
      const { statusCode: status, body } = await this.#pool.request({
        method,
        ...(sent === undefined ? {} : { body: bodyOf(sent) }),
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
    if (reply.status > 299) throw this.told(reply.status, reply.text);
    try {
      return JSON.parse(reply.text) as unknown;
    } catch (error) {
      throw this.strange('its answer is no JSON', error);
    }
  }

  /** An answer of lines of JSON, as it comes. */
  async *lines(path: string, signal: AbortSignal): AsyncGenerator {
    const headers = { 'x-api-key': this.#address.token };
    let rest = '';
    try {
      const { statusCode, body } = await this.#pool.request({
        ...{ method: 'GET', path: this.#prefix + path, headers, signal },
      });
      if (statusCode > 299) throw this.told(statusCode, await body.text());
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
      throw this.strange('a line of its answer is no JSON', error);
    }
  }

  /** Why there is no answer. What the body of a request failed with is told as it is. */
  #broken(error: unknown, late: AbortSignal | undefined, wanted: AbortSignal | undefined): unknown {
    const object = this.object;
    if (isDroverError(error)) return error;
    if (wanted?.aborted === true)
      return isDroverError(wanted.reason)
        ? wanted.reason
        : new DroverError('CANCELLED', { object, reason: 'nobody waits any more' }, error);
    if (late?.aborted === true)
      return new DroverError('DEADLINE', { object, reason: 'it takes too long to answer' }, error);
    return unanswered(object, error);
  }

  /** What the other side said instead, with its own code where it is one that we know. */
  told(status: number, text: string): DroverError {
    let said: { readonly message?: unknown; readonly code?: unknown } = {};
    try {
      said = JSON.parse(text) as typeof said;
    } catch {
      // A proxy in between speaks for it: its status is what counts.
    }
    const reason = typeof said.message === 'string' ? said.message : `it answered ${status}`;
    const known = ERROR_CODES.find((code) => code === said.code);
    return new DroverError(known ?? codeFor(status), {
      object: this.object,
      reason,
      remedy: 'see to it there, then ask again',
    });
  }

  strange(reason: string, cause?: unknown): DroverError {
    const remedy = 'check the address and the version of the other cluster';
    return new DroverError('API_UNREACHABLE', { object: this.object, reason, remedy }, cause);
  }

  get object(): string {
    return `peer ${this.#address.name}`;
  }
}

function bodyOf(body: NonNullable<PeerRequest['body']>): string | Buffer | Readable {
  return typeof body === 'string' || Buffer.isBuffer(body)
    ? body
    : Readable.from(body, { objectMode: false });
}

function codeFor(status: number): ErrorCode {
  if (status === 401) return 'UNAUTHENTICATED';
  if (status === 403) return 'FORBIDDEN';
  if (status === 404) return 'NOT_FOUND';
  return status >= 500 ? 'API_UNREACHABLE' : 'REFUSED';
}
