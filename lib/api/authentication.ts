import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { LIMITS } from '../core/index.js';
import type { Clock } from '../ports/index.js';
import type { ApiSettings, ApiToken, Caller } from './settings.js';

const COOKIE = 'drover_login';
const LOGIN = /(?:^|;\s*)drover_login=([\w.-]+)/;

/** The caller when nobody has to say who he is. */
const ANYBODY: Caller = { name: 'anybody', scopes: ['admin'] };

/**
 * Tells who makes a request, by a token or by the cookie of a log-in. The cookie is signed with the token it was got
 * with: it ends when the token is taken out of the configuration, holds on every node, and needs no memory.
 */
export class Authentication {
  readonly #settings: ApiSettings;
  readonly #clock: Clock;

  constructor(settings: ApiSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  get isOff(): boolean {
    return this.#settings.authentication === 'off';
  }

  /** The caller by his headers, or undefined. A token that is given counts alone, whatever the cookie says. */
  callerOf(headers: { readonly 'x-api-key'?: unknown; readonly cookie?: unknown }): Caller | undefined {
    if (this.isOff) return ANYBODY;
    const key = headers['x-api-key'];
    if (typeof key === 'string') return this.#byToken(key);
    return typeof headers.cookie === 'string' ? this.#byCookie(headers.cookie) : undefined;
  }

  /** The value of Set-Cookie for whoever shows this token; undefined for a wrong one. */
  logIn(token: string): string | undefined {
    const known = this.#byToken(token);
    if (known === undefined) return undefined;
    const until = this.#clock.now() + LIMITS.apiLoginMs;
    const name = Buffer.from(known.name).toString('base64url');
    return this.#cookie(`${name}.${until}.${signature(known, until)}`, LIMITS.apiLoginMs / 1000);
  }

  /** The value of Set-Cookie that ends a log-in. */
  logOut(): string {
    return this.#cookie('', 0);
  }

  /** Compares with every token in the same time, whichever it is and however long. */
  #byToken(token: string): ApiToken | undefined {
    let found: ApiToken | undefined;
    for (const known of this.#settings.tokens) if (equal(known.token, token)) found ??= known;
    return found;
  }

  #byCookie(header: string): ApiToken | undefined {
    const [, value] = LOGIN.exec(header) ?? [];
    const [name, until, signed] = value?.split('.') ?? [];
    if (name === undefined || until === undefined || signed === undefined) return undefined;
    if (!(Number(until) > this.#clock.now())) return undefined;
    const known = this.#settings.tokens.find(
      (token) => Buffer.from(token.name).toString('base64url') === name,
    );
    return known !== undefined && equal(signature(known, Number(until)), signed) ? known : undefined;
  }

  #cookie(value: string, seconds: number): string {
    const secure = this.#settings.tls ? '; Secure' : '';
    return `${COOKIE}=${value}; Path=/api/v1; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}`;
  }
}

function signature(token: ApiToken, until: number): string {
  return createHmac('sha256', token.token).update(`${token.name}\n${until}`).digest('base64url');
}

/** Equal digests, so that neither content nor length shows in the time it takes. An empty secret equals nothing. */
function equal(secret: string, given: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(secret), digest(given)) && secret !== '';
}
