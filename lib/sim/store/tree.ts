import { Conflict, type ConflictReason, type Stat, type Write, type Written } from '../../ports/index.js';
import { nameOf, parentOf } from './path.js';

/** One value at one time. Never changed: a write makes a new one. */
export interface Node {
  readonly data: Uint8Array;
  readonly version: number;
  readonly czxid: bigint;
  readonly mzxid: bigint;
  readonly pzxid: bigint;
  readonly owner: string | undefined;
  /** Sorted names. */
  readonly children: readonly string[];
  /** Children ever created here: the next sequential number. */
  readonly creates: number;
}

export type Change = 'created' | 'data' | 'deleted' | 'children';

/** One change of one path, for watches. */
export interface Touched {
  readonly path: string;
  readonly change: Change;
}

export interface Applied {
  readonly written: readonly Written[];
  readonly touched: readonly Touched[];
}

interface Version {
  readonly since: number;
  readonly node: Node | undefined;
}

/**
 * The tree at all times: each path keeps its versions, so that a follower that lags reads an old one. A moment is the
 * number of the transaction that made it.
 */
export class Tree {
  readonly #versions = new Map<string, Version[]>();
  readonly #owned = new Map<string, Set<string>>();

  constructor() {
    const node = (children: readonly string[]): Node => ({ ...EMPTY, children });
    for (const path of ['/zookeeper/config', '/zookeeper/quota']) this.#put(path, 0, node([]));
    this.#put('/zookeeper', 0, node(['config', 'quota']));
    this.#put('/', 0, node(['zookeeper']));
  }

  /** What was at `path` after transaction number `moment`. */
  at(path: string, moment: number): Node | undefined {
    return this.#versions.get(path)?.findLast(({ since }) => since <= moment)?.node;
  }

  /** Paths of the ephemerals of a session, sorted. */
  ownedBy(session: string): string[] {
    return [...(this.#owned.get(session) ?? [])].sort();
  }

  /** Applies all writes as transaction `moment`, or none of them and answers with the first that cannot be. */
  apply(writes: readonly Write[], moment: number, zxid: bigint, session: string): Applied | Conflict {
    const draft = new Draft((path) => this.at(path, moment), zxid, session);
    const written: Written[] = [];
    for (const [index, write] of writes.entries()) {
      const answer = draft.apply(write);
      if (typeof answer === 'string') return new Conflict(index, write, answer);
      written.push(answer);
    }
    for (const [path, node] of draft.nodes) {
      this.#own(path, this.at(path, moment), node);
      this.#put(path, moment, node);
    }
    return { written, touched: draft.touched };
  }

  #put(path: string, since: number, node: Node | undefined): void {
    const versions = this.#versions.get(path);
    if (versions === undefined) this.#versions.set(path, [{ since, node }]);
    else versions.push({ since, node });
  }

  #own(path: string, before: Node | undefined, after: Node | undefined): void {
    if (before?.owner !== undefined) this.#owned.get(before.owner)?.delete(path);
    if (after?.owner === undefined) return;
    const paths = this.#owned.get(after.owner) ?? new Set();
    this.#owned.set(after.owner, paths.add(path));
  }
}

/** The server counts creates and shows creates and deletes together. */
export function statOf(node: Node): Stat {
  const { version, czxid, mzxid, pzxid, owner } = node;
  return { version, childrenVersion: node.creates * 2 - node.children.length, czxid, mzxid, pzxid, owner };
}

const EMPTY: Node = {
  data: new Uint8Array(),
  version: 0,
  czxid: 0n,
  mzxid: 0n,
  pzxid: 0n,
  owner: undefined,
  children: [],
  creates: 0,
};

/** One transaction in the making: each write sees the ones before it. */
class Draft {
  readonly nodes = new Map<string, Node | undefined>();
  readonly touched: Touched[] = [];
  readonly #before: (path: string) => Node | undefined;
  readonly #zxid: bigint;
  readonly #session: string;

  constructor(before: (path: string) => Node | undefined, zxid: bigint, session: string) {
    this.#before = before;
    this.#zxid = zxid;
    this.#session = session;
  }

  apply(write: Write): Written | ConflictReason {
    if (write.op === 'create') return this.#create(write);
    const node = this.#at(write.path);
    if (node === undefined) return 'missing';
    if (node.version !== write.version) return 'version';
    if (write.op === 'check') return { path: write.path };
    return write.op === 'set' ? this.#set(write.path, node, write.data) : this.#delete(write.path, node);
  }

  #create(write: Extract<Write, { op: 'create' }>): Written | ConflictReason {
    const mode = write.mode ?? 'persistent';
    const parent = this.#at(parentOf(write.path));
    if (parent === undefined) return 'missing';
    const sequential = mode === 'sequential' || mode === 'ephemeral-sequential';
    const path = sequential ? write.path + String(parent.creates).padStart(10, '0') : write.path;
    if (this.#at(path) !== undefined) return 'exists';
    if (parent.owner !== undefined) return 'ephemeral-parent';
    const zxid = this.#zxid;
    const owner = mode === 'ephemeral' || mode === 'ephemeral-sequential' ? this.#session : undefined;
    this.#put(path, { ...EMPTY, data: write.data, czxid: zxid, mzxid: zxid, pzxid: zxid, owner }, 'created');
    this.#putChildren(path, parent, parent.creates + 1, withName(parent.children, nameOf(path)));
    return { path };
  }

  #set(path: string, node: Node, data: Uint8Array): Written {
    const after = { ...node, data, version: node.version + 1, mzxid: this.#zxid };
    this.#put(path, after, 'data');
    return { path, stat: statOf(after) };
  }

  #delete(path: string, node: Node): Written | ConflictReason {
    const parent = this.#at(parentOf(path));
    if (node.children.length > 0 || parent === undefined) return 'not-empty';
    this.#put(path, undefined, 'deleted');
    const name = nameOf(path);
    this.#putChildren(
      path,
      parent,
      parent.creates,
      parent.children.filter((other) => other !== name),
    );
    return { path };
  }

  #at(path: string): Node | undefined {
    return this.nodes.has(path) ? this.nodes.get(path) : this.#before(path);
  }

  #put(path: string, node: Node | undefined, change: Change): void {
    this.nodes.set(path, node);
    this.touched.push({ path, change });
  }

  #putChildren(path: string, parent: Node, creates: number, children: readonly string[]): void {
    this.#put(parentOf(path), { ...parent, creates, children, pzxid: this.#zxid }, 'children');
  }
}

function withName(names: readonly string[], name: string): readonly string[] {
  const at = names.findIndex((other) => other > name);
  return at < 0 ? [...names, name] : names.toSpliced(at, 0, name);
}
