import { isIP } from 'node:net';
import { DroverError } from '../../core/index.js';
import type { ImageName } from '../../ports/index.js';

/**
 * `POOL/NAME` for a command line. Refuses what `rbd` would read otherwise: `/` is a namespace, `@` a snapshot, a dash in
 * front an option.
 */
export function spec({ pool, name }: ImageName): string {
  if (!/^[^\p{C}/@]+$/u.test(name)) throw bad(`image ${shown(name)}`, 'it is empty, or has a / or @ in it');
  return `${poolName(pool)}/${name}`;
}

/** `POOL/NAME@SNAPSHOT`. */
export function snapshotSpec(image: ImageName, snapshot: string): string {
  return `${spec(image)}@${snapshotName(snapshot)}`;
}

export function snapshotName(name: string): string {
  if (/^[^-\p{C}/@][^\p{C}/@]*$/u.test(name)) return name;
  throw bad(`snapshot ${shown(name)}`, 'it is empty, begins with a dash, or has a / or @ in it');
}

export function poolName(pool: string): string {
  if (/^[^-\p{C}/@][^\p{C}/@]*$/u.test(pool)) return pool;
  throw bad(`pool ${shown(pool)}`, 'it is empty, begins with a dash, or has a / or @ in it');
}

export function trashId(id: string): string {
  if (/^[0-9a-f]+$/.test(id)) return id;
  throw bad(`image id ${shown(id)}`, 'an id is hexadecimal');
}

export function bytesOf(what: string, bytes: number): string {
  if (Number.isSafeInteger(bytes) && bytes > 0) return `${bytes}B`;
  throw bad(what, `${bytes} is no size in bytes`);
}

export function secondsOf(what: string, seconds: number): string {
  if (Number.isSafeInteger(seconds) && seconds > 0) return String(seconds);
  throw bad(what, `${seconds} is no number of seconds`);
}

/** `ip` or `ip:port/nonce`, an IPv6 one with a port in brackets. */
export function clientAddress(address: string): string {
  const [, v4, v6] = /^(?:([\d.]+)|\[([0-9a-f:.]+)\]):\d{1,5}\/\d+$/i.exec(address) ?? [];
  if (isIP(v4 ?? v6 ?? address) !== 0) return address;
  throw bad(`client ${shown(address)}`, 'it is neither an address nor address:port/nonce');
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}

function bad(object: string, reason: string): DroverError {
  return new DroverError('BAD_INPUT', { object, reason });
}
