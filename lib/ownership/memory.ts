import type { Remembered } from '../../schemas/index.js';
import type { Log } from '../core/index.js';
import type { Files } from '../ports/index.js';
import { decodeDocument, encodeDocument } from '../tree/index.js';
import { zxidOf } from './zxid.js';

const NOTHING: Remembered = { incarnation: 0, epoch: 0, zxid: '0x0', nodes: [] };
const MODE = 0o600;

/**
 * What this node remembers of the tree, in one file on its own disk: the highest numbers that it saw. The file is
 * replaced in one step and is on the disk before anything is decided from what it says.
 */
export class Memory {
  readonly #files: Files;
  readonly #path: string;
  #remembered: Remembered;
  #queue: Promise<void> = Promise.resolve();

  private constructor(files: Files, path: string, remembered: Remembered) {
    this.#files = files;
    this.#path = path;
    this.#remembered = remembered;
  }

  /** Reads the file. One that cannot be understood is set aside under `<path>.damaged` and told, never trusted. */
  static async load(files: Files, path: string, log: Log): Promise<Memory> {
    const bytes = await files.read(path);
    if (bytes === undefined) return new Memory(files, path, NOTHING);
    const decoded = decodeDocument('memory', bytes, path);
    if (decoded.ok) return new Memory(files, path, decoded.value.remembered);
    await files.replace(`${path}.damaged`, bytes, MODE);
    log.warn({ path, problem: decoded.problem }, 'the memory of this node is damaged; it was set aside');
    return new Memory(files, path, NOTHING);
  }

  get remembered(): Remembered {
    return this.#remembered;
  }

  /** Raises what is remembered and returns when it is on the disk. Numbers never fall; nodes are never forgotten. */
  note(seen: Partial<Remembered>): Promise<void> {
    return this.#change((from) => raised(from, seen));
  }

  /** Takes over the numbers of a tree whose incarnation a census has raised: they may be lower than before. */
  adopt(seen: Remembered): Promise<void> {
    return this.#change((from) => ({ ...seen, nodes: union(from.nodes, seen.nodes) }));
  }

  /** What is not on the disk is not remembered: a failed write leaves everything as it was. */
  #change(change: (from: Remembered) => Remembered): Promise<void> {
    const write = async () => {
      const next = change(this.#remembered);
      if (JSON.stringify(next) === JSON.stringify(this.#remembered)) return;
      await this.#files.replace(this.#path, encodeDocument('memory', { remembered: next }), MODE);
      this.#remembered = next;
    };
    // One after the other, and a failed write does not stop the next.
    this.#queue = this.#queue.then(write, write);
    return this.#queue;
  }
}

function raised(from: Remembered, seen: Partial<Remembered>): Remembered {
  const cluster = seen.cluster ?? from.cluster;
  return {
    ...from,
    ...(cluster === undefined ? {} : { cluster }),
    incarnation: Math.max(from.incarnation, seen.incarnation ?? 0),
    epoch: Math.max(from.epoch, seen.epoch ?? 0),
    zxid: seen.zxid !== undefined && zxidOf(seen.zxid) > zxidOf(from.zxid) ? seen.zxid : from.zxid,
    nodes: union(from.nodes, seen.nodes ?? []),
  };
}

function union(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a, ...b])].sort();
}
