import { type Dispatcher, Client as Undici } from 'undici';
import { DroverError, LIMITS, unanswered } from '../core/index.js';
import { baseUrl, type Connection } from './connection.js';

export interface WireRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds from the call to the end of the answer. */
  readonly limitMs: number;
  readonly signal?: AbortSignal;
}

export interface WireReply {
  readonly status: number;
  readonly text: string;
}

/**
 * Carries one request and brings its answer. Fails with API_UNREACHABLE when there is none, API_DISTRUSTED when the
 * other side's certificate is not good, DEADLINE when it takes too long, CANCELLED when the signal aborts.
 */
export interface Transport {
  send(request: WireRequest): Promise<WireReply>;
  close(): Promise<void>;
}

/** By HTTP or HTTPS, over connections that are kept for the next request. */
export class HttpTransport implements Transport {
  readonly #url: string;
  readonly #client: Undici;

  constructor(connection: Connection) {
    const { ca, serverName, verify = true } = connection;
    this.#url = baseUrl(connection);
    this.#client = new Undici(this.#url, {
      headersTimeout: 0,
      bodyTimeout: 0,
      maxResponseSize: LIMITS.clientAnswerBytes,
      connect: {
        timeout: LIMITS.clientConnectMs,
        rejectUnauthorized: verify,
        ...(ca === undefined ? {} : { ca }),
        ...(serverName === undefined ? {} : { servername: serverName }),
      },
    });
  }

  async send(request: WireRequest): Promise<WireReply> {
    const { method, path, headers, body, limitMs, signal } = request;
    const late = AbortSignal.timeout(limitMs);
    const options: Dispatcher.RequestOptions = {
      method,
      path,
      headers,
      body: body ?? null,
      signal: signal === undefined ? late : AbortSignal.any([signal, late]),
    };
    try {
      const reply = await this.#client.request(options);
      return { status: reply.statusCode, text: await reply.body.text() };
    } catch (error) {
      throw this.#failure(error, request, late);
    }
  }

  async close(): Promise<void> {
    await this.#client.destroy();
  }

  #failure(error: unknown, { limitMs, signal }: WireRequest, late: AbortSignal): DroverError {
    const object = this.#url;
    if (signal?.aborted === true)
      return new DroverError('CANCELLED', { object, reason: 'the caller gave up' }, error);
    if (late.aborted)
      return new DroverError('DEADLINE', { object, reason: `nothing within ${limitMs} ms` }, error);
    return unanswered(object, error);
  }
}
