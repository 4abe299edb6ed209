import t from 'tap';
import { until } from '../../sandbox/index.js';
import { type Halt, isMiddle, killMatrix, type Pass, PASSES } from '../support/mirror-acts.js';
import { type MirrorPair, NODES, SIDES } from '../support/mirror-pair.js';

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

interface Cell extends Pass {
  readonly death: Death;
}

const WITHIN = { limitMs: 180_000 };
/** How long the network is away: shorter than anybody gives up, longer than a request. */
const AWAY_MS = 3_000;

/** At each cut of each step the program that takes it dies; at one of them each of the others dies. */
const CELLS: readonly Cell[] = PASSES.flatMap((pass) =>
  DEATHS.filter((death) => {
    if (death === 'its') return true;
    // Those of a small delta are over before they can be killed.
    if (death === 'rbd' || death === 'rbd of copy')
      return pass.act === 'full' && pass.point === 'receive/unit/before';
    return isMiddle(pass.point);
  }).map((death) => ({ ...pass, death })),
);

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
  (t) =>
    killMatrix(t, {
      ...{ cells: CELLS, sample: SAMPLE, nameOf },
      befall: async (pair, halt, { death }) => {
        await die(pair, death, halt);
        await Promise.all(SIDES.map((side) => pair.served(side)));
      },
    }),
);

function nameOf({ act, point, death }: Cell): string {
  return `${act} ${point} ${death}`;
}

async function die(pair: MirrorPair, death: Death, { from, to, halting, pid }: Halt): Promise<void> {
  const { faults } = pair.sandbox;
  const daemon = pair.daemon(halting);
  switch (death) {
    case 'its':
      await daemon.killProcess(pid);
      return daemon.letGo();
    case 'source':
    case 'copy': {
      const side = death === 'source' ? from : to;
      await pair.daemon(side).kill();
      await daemon.letGo();
      return pair.start(side);
    }
    case 'store of source':
    case 'store of copy': {
      const side = death === 'store of source' ? from : to;
      const { lines } = pair.daemon(side);
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
