import { DroverError, LIMITS } from '../core/index.js';
import { type Connection, prefixOf } from './connection.js';
import { isRefused, refusedBy } from './refused.js';
import type { Transport, WireReply, WireRequest } from './transport.js';

/** Arguments by name; those without a value are left out, a list is sent as its items. */
export type Sent = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds; default `LIMITS.clientCallMs`, and `LIMITS.clientWaitMs` for what waits for a state. */
  readonly limitMs?: number;
}

/** One API: makes requests of calls, and values or errors of answers. */
export class Requests {
  readonly #transport: Transport;
  readonly #prefix: string;
  readonly #token: string | undefined;

  constructor(transport: Transport, connection: Connection) {
    this.#transport = transport;
    this.#prefix = prefixOf(connection);
    this.#token = connection.token;
  }

  /** A read: its arguments are in the query. Fails with `Refused` and as {@link Transport} does. */
  async get<T>(path: string, args: Sent = {}, options?: CallOptions): Promise<T> {
    const query = encoded(args);
    const reply = await this.#send(
      { method: 'GET', path: query === '' ? path : `${path}?${query}` },
      options,
    );
    return bodyOf(reply, path) as T;
  }

  /** A list, where a 404 says that nothing matches. */
  async list<T>(path: string, args: Sent = {}, options?: CallOptions): Promise<readonly T[]> {
    try {
      return await this.get<readonly T[]>(path, args, options);
    } catch (error) {
      if (isRefused(error, 404)) return [];
      throw error;
    }
  }

  /** A change: its arguments are in the body, never in an address that somebody logs. */
  async change<T = { readonly message: string }>(
    method: 'POST' | 'PUT' | 'DELETE',
    path: string,
    args: Sent = {},
    options?: CallOptions,
  ): Promise<T> {
    const limitMs = args['wait'] === true ? LIMITS.clientWaitMs : LIMITS.clientCallMs;
    const reply = await this.#send({ method, path, body: encoded(args) }, { limitMs, ...options });
    return bodyOf(reply, path) as T;
  }

  /** The same, for the sentence that is answered. */
  async say(...call: Parameters<Requests['change']>): Promise<string> {
    return (await this.change(...call)).message;
  }

  /** A read that may be answered with nothing: a 204. */
  async maybe<T>(path: string, options?: CallOptions): Promise<T | undefined> {
    const reply = await this.#send({ method: 'GET', path }, options);
    return reply.status === 204 ? undefined : (bodyOf(reply, path) as T);
  }

  async #send(
    { path, body, ...request }: Pick<WireRequest, 'method' | 'path' | 'body'>,
    { signal, limitMs = LIMITS.clientCallMs }: CallOptions = {},
  ): Promise<WireReply> {
    const reply = await this.#transport.send({
      ...request,
      path: this.#prefix + path,
      // Made for each request: a token never goes to another cluster.
      headers: {
        accept: 'application/json',
        ...(this.#token === undefined ? {} : { 'x-api-key': this.#token }),
        ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(body === undefined ? {} : { body }),
      limitMs,
      ...(signal === undefined ? {} : { signal }),
    });
    if (reply.status < 200 || reply.status > 299) throw refusedBy(reply);
    return reply;
  }
}

/** A path of words and names, the names percent-encoded: at`/vm/${name}`. */
export function at(words: TemplateStringsArray, ...names: readonly string[]): string {
  return words.map((word, index) => word + encodeURIComponent(names[index] ?? '')).join('');
}

function encoded(args: Sent): string {
  const texts = new URLSearchParams();
  for (const [name, value] of Object.entries(args)) {
    const all = Array.isArray(value) ? (value as readonly string[]) : value === undefined ? [] : [value];
    for (const one of all) texts.append(name, String(one));
  }
  return texts.toString();
}

function bodyOf({ text }: WireReply, path: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new DroverError(
      'API_UNREACHABLE',
      { object: path, reason: 'the answer is no JSON: this is no such API' },
      error,
    );
  }
}
