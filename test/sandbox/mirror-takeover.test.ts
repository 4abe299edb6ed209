import t from 'tap';
import { chainOfDisk, readImage, waitForRecord } from '../../sandbox/index.js';
import { type Halt, isMiddle, MirrorActs, type Pass, PASSES } from '../support/mirror-acts.js';
import { MIRRORED, MirrorPair } from '../support/mirror-pair.js';
import { scale } from '../support/scale.js';

/** Each step once: the primary of the side that takes it dies when it is done. */
const CELLS = PASSES.filter(({ point }) => isMiddle(point));
/** One of each side, for the regular suite. */
const SAMPLE: readonly string[] = ['delta receive/unit/guarded', 'promote promote/hand-over/guarded'];

void t.test(
  'I2 I3 I8 M1 D3: whichever primary dies at any step of a mirror, the other node takes over, and it ends well',
  { timeout: 3_600_000 },
  async (t) => {
    const sample = CELLS.filter((cell) => SAMPLE.includes(nameOf(cell)));
    t.equal(sample.length, SAMPLE.length, 'each is a cell');
    const cells = scale({ regular: sample, all: CELLS });
    t.comment(`sample: ${cells.length} of ${CELLS.length} cells: ${cells.map(nameOf).join(', ')}`);
    const pair = await MirrorPair.open(t, { haltable: true, standby: true, osdGiB: 6 });
    await pair.guest(t);
    await waitForRecord(pair.sandbox, MIRRORED, 5);
    await pair.does(t, 'east', 'vm', 'mirror', 'create', 'vm1');
    const acts = new MirrorActs(pair);
    const began = performance.now();
    for (const cell of cells)
      await t.test(nameOf(cell), async (t) => {
        const halt = await acts.halt(t, cell);
        await takeOver(pair, halt);
        await acts.end(t, halt);
      });
    t.comment(
      `measured: ${((performance.now() - began) / 1_000 / cells.length).toFixed(1)} s a cell, ${cells.length} cells; ${acts.byThemselves} went on by themselves`,
    );
    await pair.does(t, acts.active, 'vm', 'stop', 'vm1', '-y', '--wait');
    const chain = chainOfDisk(await readImage(pair.sandbox, acts.active, 'vm1'));
    t.same(chain.problems, [], 'no record of the guest is missing, over all hand-overs');
  },
);

function nameOf({ act, point }: Pass): string {
  return `${act} ${point}`;
}

/** The daemon of the primary is killed and stays down until the other one leads; then it comes back, and follows. */
async function takeOver(pair: MirrorPair, { halting }: Halt): Promise<void> {
  const former = pair.daemon(halting);
  await former.kill();
  await pair.follow(halting, former.node);
  await former.letGo();
  await pair.startOn(former.node);
}
