import t from 'tap';
import { type Halt, isMiddle, killMatrix, type Pass, PASSES } from '../support/mirror-acts.js';
import type { MirrorPair } from '../support/mirror-pair.js';

/** Each step once: the primary of the side that takes it dies when it is done. */
const CELLS = PASSES.filter(({ point }) => isMiddle(point));
/** One of each side, for the regular suite. */
const SAMPLE: readonly string[] = ['delta receive/unit/guarded', 'promote promote/hand-over/guarded'];

void t.test(
  'I2 I3 I8 M1 D3: whichever primary dies at any step of a mirror, the other node takes over, and it ends well',
  { timeout: 3_600_000 },
  (t) => killMatrix(t, { standby: true, cells: CELLS, sample: SAMPLE, nameOf, befall: takeOver }),
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
