import type { Test } from 'tap';
import { chainOfDisk, readImage, until, waitForRecord } from '../../sandbox/index.js';
import { PROMOTE_KILL_POINTS, TRANSFER_KILL_POINTS } from '../../lib/mirror/index.js';
import { MIRRORED, MirrorPair, otherSide, type PairOptions, type Side, SIDES } from './mirror-pair.js';
import { scale } from './scale.js';

/** What is asked for, of which point it comes by. A full one makes new images, and gives them their names. */
export type Act = 'full' | 'delta' | 'promote';

/** An act that comes by a kill point. */
export interface Pass {
  readonly act: Act;
  readonly point: string;
}

/** Of what only a full one comes by, or does otherwise. */
const OF_FULL = /^receive\/(image|name|unit)\//;
const WITHIN = { limitMs: 180_000 };
/** How often something is asked for that does not come by the point. */
const ASKED = 3;

/** Every kind of step, and every cursor of a hand-over, at each of its cuts. */
export const PASSES: readonly Pass[] = [
  ...TRANSFER_KILL_POINTS.flatMap((point): Pass[] => [
    ...(OF_FULL.test(point) ? [{ act: 'full', point } as const] : []),
    ...(point.startsWith('receive/name/') ? [] : [{ act: 'delta', point } as const]),
  ]),
  ...PROMOTE_KILL_POINTS.map((point) => ({ act: 'promote', point }) as const),
];

/** Whether a cut is the one of its step that has the step done, and not told yet where it is told. */
export function isMiddle(point: string): boolean {
  const guarded = point.replace(/\/[^/]*$/, '/guarded');
  const hasGuarded = TRANSFER_KILL_POINTS.includes(guarded) || PROMOTE_KILL_POINTS.includes(guarded);
  return hasGuarded ? point === guarded : point.endsWith('/done');
}

/** An act that has halted in the middle. */
export interface Halt extends Pass {
  readonly id: string;
  /** The process that has halted, and the side it is of. */
  readonly pid: number;
  readonly halting: Side;
  readonly from: Side;
  readonly to: Side;
}

/** The VM of a pair, which is mirrored and handed over again and again. */
export class MirrorActs {
  active: Side = 'east';
  /** Tasks that went on after what befell them, and were not asked for again. */
  byThemselves = 0;
  readonly #pair: MirrorPair;
  #asked = 0;

  constructor(pair: MirrorPair) {
    this.#pair = pair;
  }

  /** Asks for an act, and returns when a program has halted at the point. */
  async halt(t: Test, { act, point }: Pass): Promise<Halt> {
    const pair = this.#pair;
    const from = this.active;
    const to = otherSide(from);
    for (const side of SIDES) await pair.follow(side);
    if (act === 'full') await pair.does(t, to, 'vm', 'remove', 'vm1', '--delete-disks', '--force', '-y');
    if (act !== 'promote') await pair.write(from, 4_096, 32);
    if (act === 'delta' && point.startsWith('receive/image/')) await this.#dirty(t, from);
    const halting = point.startsWith('receive/') ? to : from;
    await pair.daemon(halting).haltAt(point);
    return { act, point, from, to, halting, ...(await this.#toHalt(t, from, act, point, halting)) };
  }

  /** After whatever befell it: the act ends well, by itself or asked for again, and both sides are as they should be. */
  async end(t: Test, { id, act, from, to }: Halt): Promise<void> {
    const pair = this.#pair;
    let end = await pair.outcome(from, id);
    t.comment(`${end.done ? 'done' : 'failed'}: ${end.text}`);
    if (end.done) this.byThemselves += 1;
    // What has failed said so, and has put back what was: asked for again it succeeds.
    else end = await pair.outcome(from, await this.#ask(t, from, act));
    t.ok(end.done, end.text);
    if (act === 'promote') this.active = to;
    await pair.settled(t, this.active);
  }

  /** Leaves a delta behind that has begun: the next one rolls the copy back first, image by image. */
  async #dirty(t: Test, from: Side): Promise<void> {
    const pair = this.#pair;
    const copy = pair.daemon(otherSide(from));
    await copy.haltAt('receive/found/done');
    const id = await this.#ask(t, from, 'delta');
    await until('a delta to have begun', WITHIN, () => copy.halted());
    await pair.does(t, from, 'task', 'cancel', id);
    await pair.outcome(from, id);
    await copy.letGo();
  }

  /** Asks until it comes by the point: what ends before was refused, as a snapshot is for which Ceph takes too long. */
  async #toHalt(t: Test, from: Side, act: Act, point: string, halting: Side) {
    const pair = this.#pair;
    for (let tries = ASKED; ; tries -= 1) {
      const id = await this.#ask(t, from, act);
      const pid = await until(`a halt at ${point}, or the end of ${id}`, WITHIN, async () => {
        const halted = await pair.daemon(halting).halted();
        if (halted !== undefined) return halted;
        const { code, stdout } = await pair.drover(from, 'task', 'list', '-f', 'raw');
        return code === 0 && !stdout.split('\n').includes(id) ? 'ended' : undefined;
      });
      if (pid !== 'ended') return { id, pid };
      const { text } = await pair.outcome(from, id);
      t.comment(`it ended before it came to ${point}: ${text}`);
      if (tries === 1) throw new Error(text);
    }
  }

  async #ask(t: Test, from: Side, act: Act): Promise<string> {
    this.#asked += 1;
    const id = `act-${this.#asked}`;
    const kind = act === 'promote' ? 'vm.promote_mirror' : 'vm.create_mirror';
    await this.#pair.request(t, from, id, kind, { vm: 'vm1', peer: otherSide(from) });
    return id;
  }
}

/** A kill matrix: each cell on its own halt, all on one pair of clusters, with a guest whose chain has to be whole at the end. */
export async function killMatrix<Cell extends Pass>(
  t: Test,
  {
    cells: all,
    sample,
    nameOf,
    befall,
    ...options
  }: PairOptions & {
    readonly cells: readonly Cell[];
    /** Names of those that the regular suite draws. */
    readonly sample: readonly string[];
    readonly nameOf: (cell: Cell) => string;
    readonly befall: (pair: MirrorPair, halt: Halt, cell: Cell) => Promise<void>;
  },
): Promise<void> {
  const regular = all.filter((cell) => sample.includes(nameOf(cell)));
  t.equal(regular.length, sample.length, 'each is a cell');
  const cells = scale({ regular, all });
  t.comment(`sample: ${cells.length} of ${all.length} cells: ${cells.map(nameOf).join(', ')}`);
  const pair = await MirrorPair.open(t, { haltable: true, osdGiB: 6, ...options });
  await pair.guest(t);
  await waitForRecord(pair.sandbox, MIRRORED, 5);
  await pair.does(t, 'east', 'vm', 'mirror', 'create', 'vm1');
  const acts = new MirrorActs(pair);
  const began = performance.now();
  for (const cell of cells)
    await t.test(nameOf(cell), async (t) => {
      const halt = await acts.halt(t, cell);
      await befall(pair, halt, cell);
      await acts.end(t, halt);
    });
  t.comment(
    `measured: ${((performance.now() - began) / 1_000 / cells.length).toFixed(1)} s a cell, ${cells.length} cells; ${acts.byThemselves} went on by themselves`,
  );
  await pair.does(t, acts.active, 'vm', 'stop', 'vm1', '-y', '--wait');
  const chain = chainOfDisk(await readImage(pair.sandbox, acts.active, 'vm1'));
  t.same(chain.problems, [], 'no record of the guest is missing, over all hand-overs');
}
