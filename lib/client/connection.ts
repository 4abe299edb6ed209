import { DroverError } from '../core/index.js';

/** Where an API is, and how it is trusted. */
export interface Connection {
  /** A name or an address. */
  readonly host: string;
  readonly port: number;
  readonly scheme: 'http' | 'https';
  /** Default `/api/v1`. */
  readonly prefix?: string;
  readonly token?: string;
  /** The authority that signed its certificate, as PEM; by default those that the machine trusts. */
  readonly ca?: string;
  /** The name that the certificate is for, where it is not the host. */
  readonly serverName?: string;
  /** Whether the certificate is checked. Default true. */
  readonly verify?: boolean;
}

/** `https://host:port`, an IPv6 address in brackets. BAD_INPUT when it can be none. */
export function baseUrl({ scheme, host, port }: Connection): string {
  const text = `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.pathname === '/' && url.username === '' && url.search === '' && url.hash === '') return text;
  throw new DroverError('BAD_INPUT', {
    object: `connection '${host}:${port}'`,
    reason: 'it is no host with a port',
  });
}

/** The prefix with one slash before it and none behind. */
export function prefixOf({ prefix = '/api/v1' }: Connection): string {
  const inner = prefix.replaceAll(/^\/+|\/+$/g, '');
  return inner === '' ? '' : `/${inner}`;
}
