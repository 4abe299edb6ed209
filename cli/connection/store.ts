import { messageOf } from '../../lib/core/index.js';
import type { World } from '../world.js';

/** A connection as the user gave it. */
export interface StoredConnection {
  readonly description: string;
  readonly host: string;
  readonly port: number;
  readonly scheme: 'http' | 'https';
  readonly prefix?: string;
  readonly token?: string;
  /** File with the certificates that are trusted, as PEM. */
  readonly ca?: string;
  readonly serverName?: string;
  readonly verify?: boolean;
}

/** What the store file holds. */
export interface Stored {
  readonly connections: ReadonlyMap<string, StoredConnection>;
  /** The configuration that `local` follows. */
  readonly local: string | undefined;
}

const NOTHING: Stored = { connections: new Map(), local: undefined };
/** Only its owner may see the tokens in it. */
const MODE = 0o600;

/**
 * Reads the store file. One that is damaged is set aside, which is said, and the store is empty: no command fails for it.
 */
export async function loadStored(world: World): Promise<Stored> {
  const path = storePath(world);
  const bytes = await world.files.read(path);
  if (bytes === undefined) return NOTHING;
  const text = new TextDecoder().decode(bytes);
  const stored = parsed(text);
  if (stored !== undefined) return stored;
  const aside = await freeName(world, `${path}.damaged`);
  try {
    await world.files.replace(aside, bytes, MODE);
    await world.files.remove(path);
    world.err(`drover: ${path} is damaged; it is now ${aside}, and no connection is left of it\n`);
  } catch (error) {
    world.err(`drover: ${path} is damaged and cannot be set aside: ${messageOf(error)}\n`);
  }
  return NOTHING;
}

/** Writes the store file in one step, readable for its owner only. */
export async function saveStored(world: World, { connections, local }: Stored): Promise<void> {
  const file = {
    v: 1,
    ...(local === undefined ? {} : { local: { config: local } }),
    connections: Object.fromEntries(connections),
  };
  await world.files.makeDirectory(world.homes.drover, 0o700);
  await world.files.replace(storePath(world), `${JSON.stringify(file, undefined, 2)}\n`, MODE);
}

function storePath(world: World): string {
  return `${world.homes.drover}/connections.json`;
}

async function freeName(world: World, wanted: string): Promise<string> {
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? wanted : `${wanted}-${count}`;
    if ((await world.files.read(name)) === undefined) return name;
  }
}

function parsed(text: string): Stored | undefined {
  const file = objectOf(jsonOf(text));
  const entries = objectOf(file?.['connections']);
  if (file === undefined || entries === undefined) return undefined;
  const connections = new Map<string, StoredConnection>();
  for (const [name, value] of Object.entries(entries)) {
    const connection = connectionOf(value);
    if (connection === undefined) return undefined;
    connections.set(name, connection);
  }
  const local = objectOf(file['local'])?.['config'];
  return { connections, local: typeof local === 'string' ? local : undefined };
}

/** The connection in a piece of JSON; undefined when it is none. */
export function connectionOf(value: unknown): StoredConnection | undefined {
  const fields = objectOf(value);
  const { description, host, port, scheme } = fields ?? {};
  if (fields === undefined || typeof host !== 'string' || host === '') return undefined;
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
  if (scheme !== 'http' && scheme !== 'https') return undefined;
  const texts = (['prefix', 'token', 'ca', 'serverName'] as const).flatMap((name) => {
    const text = fields[name];
    return typeof text === 'string' && text !== '' ? [[name, text] as const] : [];
  });
  return {
    description: typeof description === 'string' ? description : '',
    host,
    port,
    scheme,
    ...Object.fromEntries(texts),
    ...(typeof fields['verify'] === 'boolean' ? { verify: fields['verify'] } : {}),
  };
}

export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

export function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}
