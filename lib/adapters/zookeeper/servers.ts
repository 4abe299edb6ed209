import { below, DroverError, type Random } from '../../core/index.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

const LITERAL_IPV6 = /^\[([0-9a-fA-F:.]+)\]:(\d+)$/;
const HOST_PORT = /^([^:[\]/\s]+):(\d+)$/;

/** `host:port` or `[IPv6]:port`. Throws BAD_INPUT for anything else. */
export function parseAddress(text: string): Address {
  const match = LITERAL_IPV6.exec(text) ?? HOST_PORT.exec(text);
  const port = Number(match?.[2]);
  if (match?.[1] === undefined || port < 1 || port > 65_535)
    throw new DroverError('BAD_INPUT', {
      object: `ZooKeeper server ${JSON.stringify(text)}`,
      reason: 'a server is host:port, or [address]:port for IPv6',
    });
  return { host: match[1], port };
}

export function addressText(address: Address): string {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/** The servers in an order of our own, so that clients spread; each attempt goes to the next one. */
export class Servers {
  readonly #addresses: Address[];
  #at = 0;

  constructor(texts: readonly string[], random: Random) {
    if (texts.length === 0)
      throw new DroverError('BAD_INPUT', { object: 'ZooKeeper servers', reason: 'none is named' });
    this.#addresses = texts.map(parseAddress);
    for (let i = this.#addresses.length - 1; i > 0; i--) {
      const [last] = this.#addresses.splice(below(random, i + 1), 1);
      if (last !== undefined) this.#addresses.push(last);
    }
  }

  get count(): number {
    return this.#addresses.length;
  }

  next(): Address {
    const address = this.#addresses[this.#at % this.#addresses.length];
    this.#at += 1;
    if (address === undefined) throw new RangeError('no servers');
    return address;
  }
}
