import type { Connection } from '../../lib/client/index.js';
import { DroverError, messageOf } from '../../lib/core/index.js';
import { didYouMean } from '../../lib/text/index.js';
import type { World } from '../world.js';
import { LOCAL, localConfig, localConnections } from './local.js';
import { loadStored, saveStored, type Stored, type StoredConnection } from './store.js';

/** A connection as lists show it. */
export interface Listed {
  readonly name: string;
  readonly description: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly scheme: string;
  readonly token: string | undefined;
}

/** The connections of this user. `local` is there whenever this machine has a cluster configuration. */
export class ConnectionBook {
  readonly #world: World;
  #stored: Stored;

  private constructor(world: World, stored: Stored) {
    this.#world = world;
    this.#stored = stored;
  }

  /** Opens the store, and repairs a `local` that follows a file which is not the configuration. */
  static async open(world: World): Promise<ConnectionBook> {
    const [stored, local] = await Promise.all([loadStored(world), localConfig(world)]);
    const book = new ConnectionBook(world, { ...stored, local });
    const isStale = stored.local !== undefined && stored.local !== local;
    if (isStale) await book.#repair(stored.local, local);
    return book;
  }

  /** By name, `local` first. */
  async list(): Promise<readonly Listed[]> {
    const { connections, local } = this.#stored;
    const others = [...connections].map(([name, { description, host, port, scheme, token }]) => ({
      name,
      description,
      host,
      port,
      scheme,
      token,
    }));
    return [...(local === undefined ? [] : [await this.#localListed(local)]), ...others.sort(byName)];
  }

  /**
   * The connections to try for a name, in order; without a name those of `local`, or of the only one there is.
   * NOT_FOUND when there is none.
   */
  async find(name: string | undefined): Promise<readonly Connection[]> {
    const { connections, local } = this.#stored;
    const [only, another] = connections.keys();
    const wanted = name ?? (local === undefined && another === undefined ? only : LOCAL);
    if (wanted === LOCAL && local !== undefined) return await localConnections(this.#world, local);
    const stored = wanted === undefined ? undefined : connections.get(wanted);
    if (stored !== undefined) return [await this.#connection(stored)];
    if (name === undefined)
      throw new DroverError('NOT_FOUND', {
        object: 'connection',
        reason: 'none is named, and this machine has no cluster configuration',
        remedy: 'name one with -c, or add one with: drover connection add NAME HOST',
      });
    const meant = didYouMean(name, [LOCAL, ...connections.keys()]);
    throw new DroverError('NOT_FOUND', {
      object: `connection '${name}'`,
      reason: 'there is no such connection',
      remedy: meant === undefined ? 'see: drover connection list' : `did you mean '${meant}'?`,
    });
  }

  /** REFUSED for `local`, and for a name that is taken unless it shall be replaced. */
  async add(name: string, connection: StoredConnection, replace: boolean): Promise<void> {
    if (name === LOCAL) throw ofThisMachine();
    if (this.#stored.connections.has(name) && !replace)
      throw new DroverError('REFUSED', {
        object: `connection '${name}'`,
        reason: 'there is one with this name',
        remedy: 'choose another name, or give --replace',
      });
    await this.#save(new Map([...this.#stored.connections, [name, connection]]));
  }

  async remove(name: string): Promise<void> {
    if (name === LOCAL) throw ofThisMachine();
    const connections = new Map(this.#stored.connections);
    if (!connections.delete(name))
      throw new DroverError('NOT_FOUND', {
        object: `connection '${name}'`,
        reason: 'there is no such connection',
        remedy: 'see: drover connection list',
      });
    await this.#save(connections);
  }

  /** Adds all that are not there yet, and answers the names that were. */
  async addNew(found: ReadonlyMap<string, StoredConnection>): Promise<readonly string[]> {
    const present = [...found.keys()].filter((name) => this.#stored.connections.has(name));
    await this.#save(new Map([...found, ...this.#stored.connections]));
    return present;
  }

  async #save(connections: ReadonlyMap<string, StoredConnection>): Promise<void> {
    const stored = { ...this.#stored, connections };
    await saveStored(this.#world, stored);
    this.#stored = stored;
  }

  async #repair(stale: string | undefined, local: string | undefined): Promise<void> {
    const now = local === undefined ? 'is gone: there is no such configuration here' : `follows ${local}`;
    this.#world.err(`drover: connection ${LOCAL} followed ${stale ?? 'nothing'}; now it ${now}\n`);
    try {
      await saveStored(this.#world, this.#stored);
    } catch (error) {
      this.#world.err(`drover: ${messageOf(error)}\n`);
    }
  }

  async #localListed(local: string): Promise<Listed> {
    try {
      const [first] = await localConnections(this.#world, local);
      const { host = '', port, scheme = '', token } = first ?? {};
      return { name: LOCAL, description: local, host, port, scheme, token };
    } catch (error) {
      // It is there, and says why it cannot be used.
      const description = `${local}: ${messageOf(error)}`;
      return { name: LOCAL, description, host: '', port: undefined, scheme: '', token: undefined };
    }
  }

  async #connection({ description: _, ca, ...connection }: StoredConnection): Promise<Connection> {
    if (ca === undefined) return connection;
    const bytes = await this.#world.files.read(ca);
    if (bytes !== undefined) return { ...connection, ca: new TextDecoder().decode(bytes) };
    throw new DroverError('FILE_FAILED', { object: ca, reason: 'there is no such file of certificates' });
  }
}

function ofThisMachine(): DroverError {
  return new DroverError('REFUSED', {
    object: `connection ${LOCAL}`,
    reason: 'it is that of this machine, and follows its configuration',
    remedy: 'choose another name',
  });
}

function byName(one: Listed, other: Listed): number {
  return one.name < other.name ? -1 : 1;
}
