import type { Test } from 'tap';
import { between, chance } from '../../lib/sim/index.js';
import { termsOf, violations } from './ownership-checker.js';
import { SESSION_MS, World } from './ownership-world.js';
import { scale } from './scale.js';

const NODES = ['hv1', 'hv2', 'hv3'];
const VMS = ['00000001-0000-4000-8000-000000000001', '00000002-0000-4000-8000-000000000002'];
const CHAOS_MS = 60_000;
/** Session timeout plus three seconds, as the design promises, and the longest pause between two connects. */
const LEADER_WITHIN_MS = SESSION_MS + 3_000 + 2_000;

const FAULTS = {
  disconnect: 0.04,
  silence: 0.03,
  loseRequest: 0.06,
  loseReply: 0.06,
  lag: 0.08,
  pause: 0.04,
  restart: 0.01,
};

export interface SeedsOptions {
  readonly from: number;
  readonly count: number;
  /** Whether the service also ends sessions out of turn. */
  readonly killedSessions: boolean;
}

interface Outcome {
  readonly wrong: readonly string[];
  readonly terms: number;
  readonly acts: number;
  readonly started: number;
  readonly slotActs: number;
}

/** Lets clusters live through a minute of faults each, and holds what they really did against the promises. */
export async function liveThroughSeeds(t: Test, options: SeedsOptions): Promise<void> {
  const count = scale({ regular: options.count, all: options.count * 2 });
  const sum = { terms: 0, acts: 0, started: 0, slotActs: 0 };
  for (let seed = options.from; seed < options.from + count; seed += 1) {
    const outcome = await live(seed, options.killedSessions);
    t.same(outcome.wrong, [], `seed ${seed}`);
    sum.terms += outcome.terms;
    sum.acts += outcome.acts;
    sum.started += outcome.started;
    sum.slotActs += outcome.slotActs;
  }
  t.comment(`sample: ${count} seeds from ${options.from}: ${JSON.stringify(sum)}`);
  t.ok(sum.terms > count, 'leaders changed');
  t.ok(sum.acts > count * 10, 'leaders acted');
  t.ok(sum.started > count * 5, 'VMs started');
  t.ok(sum.slotActs > count * 5, 'operations worked');
}

async function live(seed: number, killedSessions: boolean): Promise<Outcome> {
  const world = new World(seed, NODES, VMS);
  const chaos = world.service.chaos({
    random: world.random.fork('faults'),
    everyMs: 800,
    lastsMs: [50, 15_000],
    probabilities: { ...FAULTS, expire: killedSessions ? 0.03 : 0 },
  });
  const crashes = world.random.fork('crashes');
  while (world.clock.monotonic() < CHAOS_MS) {
    await world.clock.advance(between(crashes, 2_000, 8_000));
    const host = world.hosts[Math.floor(between(crashes, 0, NODES.length))];
    if (chance(crashes, 0.3)) host?.restart();
  }
  chaos.stop();
  const wrong: string[] = [];
  const note = (error: unknown) => void wrong.push(String(error));
  await world.clock
    .runUntil(() => settled(world), LEADER_WITHIN_MS, 'one leader, and every node trusts the tree')
    .catch(note);
  const before = world.started;
  await world.clock.runUntil(() => world.started > before, 30_000, 'a start after the faults').catch(note);
  wrong.push(...violations(world, killedSessions));
  return {
    wrong,
    terms: termsOf(world).length,
    acts: world.acts.length,
    started: world.started,
    slotActs: world.slotActs.length,
  };
}

function settled(world: World): boolean {
  const leaders = world.hosts.filter(({ daemon }) => daemon.election?.leadership !== undefined);
  return leaders.length === 1 && world.hosts.every(({ daemon }) => daemon.trust?.trusted === true);
}
