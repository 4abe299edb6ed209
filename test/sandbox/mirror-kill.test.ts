import t, { type Test } from 'tap';
import { chainOfDisk, readImage, until, waitForRecord } from '../../sandbox/index.js';
import { PROMOTE_KILL_POINTS, TRANSFER_KILL_POINTS } from '../../lib/mirror/index.js';
import { qemusOn } from '../support/guest-life.js';
import { MIRRORED, MirrorPair, NODES, otherSide, type Side, SIDES } from '../support/mirror-pair.js';
import { scale } from '../support/scale.js';

/** What is asked for, of which point it comes by. A full one makes new images, and gives them their names. */
type Act = 'full' | 'delta' | 'promote';

/** What happens while a program halts at a kill point. `its`: it is that program which dies. */
const DEATHS = [
  'its',
  'source',
  'copy',
  'store of source',
  'store of copy',
  'network',
  'rbd',
  'rbd of copy',
] as const;
type Death = (typeof DEATHS)[number];

interface Cell {
  readonly act: Act;
  readonly point: string;
  readonly death: Death;
}

/** Of what only a full one comes by, or does otherwise. */
const OF_FULL = /^receive\/(image|name|unit)\//;
const WITHIN = { limitMs: 180_000 };
/** How long the network is away: shorter than anybody gives up, longer than a request. */
const AWAY_MS = 3_000;
/** How often something is asked for that does not come by the point. */
const ASKED = 3;

/**
 * Every kind of step, and every cursor of a hand-over: at each of its cuts the program that takes it dies; at one of them each
 * of the others dies.
 */
const CELLS: readonly Cell[] = [
  ...TRANSFER_KILL_POINTS.flatMap((point) => [
    ...(OF_FULL.test(point) ? cellsOf('full', point) : []),
    ...(point.startsWith('receive/name/') ? [] : cellsOf('delta', point)),
  ]),
  ...PROMOTE_KILL_POINTS.flatMap((point) => cellsOf('promote', point)),
];

function cellsOf(act: Act, point: string): readonly Cell[] {
  const one = /\/guarded$/.test(point) || !hasGuarded(point);
  return DEATHS.filter((death) => {
    if (death === 'its') return true;
    // Those of a small delta are over before they can be killed.
    if (death === 'rbd' || death === 'rbd of copy') return act === 'full' && point === 'receive/unit/before';
    return one && !/\/before$/.test(point);
  }).map((death) => ({ act, point, death }));
}

function hasGuarded(point: string): boolean {
  const guarded = point.replace(/\/[^/]*$/, '/guarded');
  return TRANSFER_KILL_POINTS.includes(guarded) || PROMOTE_KILL_POINTS.includes(guarded);
}

/** Twelve, of every kind of death and act, for the regular suite. */
const SAMPLE: readonly string[] = [
  'full receive/name/guarded its',
  'full receive/image/guarded copy',
  'full receive/unit/before rbd of copy',
  'delta send/ship/done its',
  'delta send/offer/done source',
  'delta receive/unit/guarded network',
  'delta receive/found/done store of source',
  'delta receive/seal/done its',
  'delta receive/complete/done store of copy',
  'promote promote/shutdown/guarded its',
  'promote promote/hand-over/guarded source',
  'promote promote/activate/guarded network',
];

void t.test(
  'I2 I3 I8 M1 D1 D3 D10: whatever dies at any step of a mirror, the same request ends well and nothing is lost',
  { timeout: 3_600_000 },
  async (t) => {
    const cells = scale({
      regular: CELLS.filter((cell) => SAMPLE.includes(nameOf(cell))),
      all: CELLS,
    });
    t.equal(CELLS.filter((cell) => SAMPLE.includes(nameOf(cell))).length, SAMPLE.length, 'each is a cell');
    t.comment(`sample: ${cells.length} of ${CELLS.length} cells: ${cells.map(nameOf).join(', ')}`);
    const pair = await MirrorPair.open(t, { haltable: true, osdGiB: 6 });
    await pair.guest(t);
    await waitForRecord(pair.sandbox, MIRRORED, 5);
    await pair.does(t, 'east', 'vm', 'mirror', 'create', 'vm1');
    const run = new Run(pair);
    const began = performance.now();
    for (const cell of cells) await t.test(nameOf(cell), (t) => run.cell(t, cell));
    t.comment(
      `measured: ${((performance.now() - began) / 1_000 / cells.length).toFixed(1)} s a cell, ${cells.length} cells; ${run.byThemselves} went on by themselves`,
    );
    await pair.does(t, run.active, 'vm', 'stop', 'vm1', '-y', '--wait');
    const chain = chainOfDisk(await readImage(pair.sandbox, run.active, 'vm1'));
    t.same(chain.problems, [], 'no record of the guest is missing, over all hand-overs');
  },
);

function nameOf({ act, point, death }: Cell): string {
  return `${act} ${point} ${death}`;
}

class Run {
  active: Side = 'east';
  /** Tasks that went on after what died, and were not asked for again. */
  byThemselves = 0;
  readonly #pair: MirrorPair;
  #asked = 0;

  constructor(pair: MirrorPair) {
    this.#pair = pair;
  }

  async cell(t: Test, { act, point, death }: Cell): Promise<void> {
    const pair = this.#pair;
    const from = this.active;
    const to = otherSide(from);
    if (act === 'full') await pair.does(t, to, 'vm', 'remove', 'vm1', '--delete-disks', '--force', '-y');
    if (act !== 'promote') await pair.write(from, 4_096, 32);
    if (act === 'delta' && point.startsWith('receive/image/')) await this.#dirty(t, from);
    const halting = point.startsWith('receive/') ? to : from;
    await pair.daemon(halting).haltAt(point);
    const { id, pid } = await this.#toHalt(t, from, act, point, halting);
    await this.#die(death, { from, to, halting, pid });
    await Promise.all(SIDES.map((side) => pair.served(side)));

    let end = await this.#end(from, id);
    t.comment(`${end.state}: ${end.text}`);
    if (end.state === 'SUCCESS') this.byThemselves += 1;
    // What has failed said so, and has put back what was: asked for again it succeeds.
    else end = await this.#end(from, await this.#ask(t, from, act));
    t.equal(end.state, 'SUCCESS', end.text);
    if (act === 'promote') this.active = to;
    await this.#check(t);
  }

  /** Leaves a delta behind that has begun: the next one rolls the copy back first, image by image. */
  async #dirty(t: Test, from: Side): Promise<void> {
    const copy = this.#pair.daemon(otherSide(from));
    await copy.haltAt('receive/found/done');
    const id = await this.#ask(t, from, 'delta');
    await until('a delta to have begun', WITHIN, () => copy.halted());
    await this.#pair.does(t, from, 'task', 'cancel', id);
    await this.#end(from, id);
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
      const { text } = await this.#end(from, id);
      t.comment(`it ended before it came to ${point}: ${text}`);
      if (tries === 1) throw new Error(text);
    }
  }

  async #ask(t: Test, from: Side, act: Act): Promise<string> {
    this.#asked += 1;
    const id = `cell-${this.#asked}`;
    const kind = act === 'promote' ? 'vm.promote_mirror' : 'vm.create_mirror';
    await this.#pair.request(t, from, id, kind, { vm: 'vm1', peer: otherSide(from) });
    return id;
  }

  /** How a task has ended. */
  #end(side: Side, id: string): Promise<{ readonly state: string; readonly text: string }> {
    return until(`task ${id} to end`, WITHIN, async () => {
      const { code, stdout, stderr } = await this.#pair.drover(side, 'task', 'watch', id, '-f', 'json');
      if (code === 4) return undefined;
      return { state: code === 0 ? 'SUCCESS' : 'FAILURE', text: `${stdout}${stderr}`.trim().slice(-400) };
    });
  }

  async #die(
    death: Death,
    {
      from,
      to,
      halting,
      pid,
    }: { readonly from: Side; readonly to: Side; readonly halting: Side; readonly pid: number },
  ): Promise<void> {
    const { sandbox } = this.#pair;
    const { faults } = sandbox;
    const daemon = this.#pair.daemon(halting);
    switch (death) {
      case 'its':
        await daemon.killProcess(pid);
        return daemon.letGo();
      case 'source':
      case 'copy': {
        const side = death === 'source' ? from : to;
        await this.#pair.daemon(side).kill();
        await daemon.letGo();
        return this.#pair.start(side);
      }
      case 'store of source':
      case 'store of copy': {
        const side = death === 'store of source' ? from : to;
        const { lines } = this.#pair.daemon(side);
        const since = lines.length;
        await faults.signalPart(`${side}-zk1`, 'KILL');
        await until('the loss to be noticed', WITHIN, () =>
          Promise.resolve(lines.slice(since).some(({ msg }) => msg === 'trust: no session with the store')),
        );
        await daemon.letGo();
        return faults.startPart(`${side}-zk1`);
      }
      case 'rbd':
        await daemon.letGo();
        await faults.signalProcess(NODES[from], 'rbd .*export-diff', 'KILL');
        return;
      case 'rbd of copy':
        await daemon.letGo();
        await until('bytes to come in', WITHIN, async () => {
          await faults.signalProcess(NODES[to], 'rbd .*import-diff', 'KILL');
          return true;
        });
        return;
      case 'network':
        await faults.partition([NODES[from]], [NODES[to]]);
        await daemon.letGo();
        await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
        return faults.heal([NODES[from]], [NODES[to]]);
    }
  }

  async #check(t: Test): Promise<void> {
    const pair = this.#pair;
    const copy = otherSide(this.active);
    const [row, other, state, processes] = await Promise.all([
      pair.mirrored(this.active),
      pair.mirrored(copy),
      pair.state(copy),
      qemusOn(pair.sandbox, NODES[copy], MIRRORED),
    ]);
    t.match(row, { role: 'active', promote: null }, 'one is active');
    t.match(other, { role: 'mirror', promote: null }, 'the other is its copy');
    t.equal(state, 'mirror');
    t.equal(processes, 0, 'I1 no guest runs from the copy');
    await until('the guest to run', WITHIN, async () => {
      return (await qemusOn(pair.sandbox, NODES[this.active], MIRRORED)) === 1;
    });
    await waitForRecord(pair.sandbox, MIRRORED, (await waitForRecord(pair.sandbox, MIRRORED, 0)) + 2, WITHIN);
    await pair.equal(t, this.active, copy);
    await Promise.all(SIDES.map((side) => pair.whole(t, side)));
  }
}
