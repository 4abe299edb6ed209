import type { Test } from 'tap';
import { killPointsOfVm } from '../../lib/domain/index.js';
import { between, chance, SimRandom } from '../../lib/sim/index.js';
import { type Command, lineOf } from './life-commands.js';
import { neverBeen, notAsWished } from './life-checker.js';
import { LifeRun } from './life-run.js';
import { LifeWorld } from './life-world.js';
import { scale } from './scale.js';

const NODES = ['hv1', 'hv2', 'hv3'];
const VMS = ['vm1', 'vm2', 'vm3'];
const COMMANDS = 40;
/** As the design promises after the last fault, and what a boot takes. */
const SETTLE_MS = 60_000 + 30_000;
/** How often a failing seed is played again to find out which of its commands matter. */
const SHRINKS = 200;

export interface LifeSeedsOptions {
  readonly from: number;
  readonly count: number;
  /** Whether the store has faults as well: lost replies, stale reads, silence, expiry. */
  readonly chaos: boolean;
}

interface Outcome {
  readonly wrong: readonly string[];
  readonly processes: number;
  readonly received: number;
}

/** Lets clusters live through wishes and faults, and holds what really happened against the promises. */
export async function liveLives(t: Test, options: LifeSeedsOptions): Promise<void> {
  const count = scale({ regular: options.count, all: options.count * 10 });
  const sum = { processes: 0, received: 0 };
  for (let seed = options.from; seed < options.from + count; seed += 1) {
    const commands = commandsOf(seed);
    const outcome = await live(seed, commands, options.chaos);
    sum.processes += outcome.processes;
    sum.received += outcome.received;
    if (outcome.wrong.length === 0) continue;
    const least = await shrink(seed, commands, options.chaos);
    t.same(outcome.wrong, [], `seed ${seed}; the least that shows it:\n${least.map(lineOf).join('\n')}`);
  }
  t.comment(`sample: ${count} seeds from ${options.from}: ${JSON.stringify(sum)}`);
  t.ok(sum.processes > 3 * count, 'VMs ran');
  t.ok(sum.received > count / 4, 'VMs migrated');
}

/** One seed: what went wrong. */
export async function liveOnce(seed: number, chaos: boolean): Promise<readonly string[]> {
  return (await live(seed, commandsOf(seed), chaos)).wrong;
}

/** Plays the commands, heals everything, and waits until all is as wished. */
async function live(seed: number, commands: readonly Command[], withChaos: boolean): Promise<Outcome> {
  const world = new LifeWorld({ seed, nodes: NODES, vms: VMS });
  const run = new LifeRun(world);
  const wrong: string[] = [];
  const note = (error: unknown) => void wrong.push(String(error));
  await run.settle().catch(note);
  const chaos = withChaos
    ? world.service.chaos({
        random: world.random.fork('faults'),
        everyMs: 1_500,
        lastsMs: [50, 12_000],
        probabilities: {
          disconnect: 0.03,
          silence: 0.02,
          loseRequest: 0.04,
          loseReply: 0.06,
          lag: 0.08,
          pause: 0.03,
          expire: 0.02,
        },
      })
    : undefined;
  for (const command of commands) {
    // What an operator asks of a store that is away comes to nothing; the next command tries again.
    await run.do(command).catch(() => undefined);
  }
  chaos?.stop();
  for (const command of healing()) await run.do(command).catch(note);
  await world.clock
    .runUntil(
      () => world.vms.every((vm) => notAsWished(world, vm) === undefined),
      SETTLE_MS,
      'everything as wished',
    )
    .catch(() => wrong.push(...world.vms.flatMap((vm) => notAsWished(world, vm) ?? [])));
  wrong.push(...neverBeen(world));
  const { lifetimes } = world.machines.history;
  return {
    wrong,
    processes: lifetimes.length,
    received: lifetimes.filter(({ incomingOf, running }) => incomingOf !== undefined && running.length > 0)
      .length,
  };
}

/** Nothing is broken any more. */
function healing(): Command[] {
  return [
    { do: 'store-start' },
    ...NODES.flatMap((node): Command[] => [
      { do: 'power-on', node },
      { do: 'libvirt-start', node },
      { do: 'start', node },
    ]),
    { do: 'wait', ms: 15_000 },
    ...NODES.map((node): Command => ({ do: 'unflush', node })),
  ];
}

function commandsOf(seed: number): Command[] {
  const random = new SimRandom(`commands ${seed}`);
  const commands: Command[] = VMS.flatMap((vm): Command[] => [
    { do: 'define', vm, node: pick(random, NODES) },
    { do: 'wish', vm, state: 'start' },
  ]);
  commands.push(...NODES.map((node): Command => ({ do: 'unflush', node })), { do: 'wait', ms: 5_000 });
  while (commands.length < COMMANDS) {
    commands.push(next(random));
    if (chance(random, 0.6)) commands.push({ do: 'wait', ms: Math.round(between(random, 10, 12_000)) });
  }
  return commands;
}

const POINTS = killPointsOfVm({} as never);
const WISHES = ['start', 'start', 'start', 'stop', 'shutdown', 'restart', 'disable', 'provision'];

function next(random: SimRandom): Command {
  const [vm, node] = [pick(random, VMS), pick(random, NODES)];
  const choices: readonly (readonly [number, () => Command])[] = [
    [10, () => ({ do: 'wish', vm, state: pick(random, WISHES) })],
    [5, () => ({ do: 'wish', vm, state: pick(random, ['migrate', 'migrate-live']), node })],
    [2, () => ({ do: 'wish', vm, state: 'start', node })],
    [1, () => ({ do: 'undefine', vm })],
    [1, () => ({ do: 'define', vm, node })],
    [
      1,
      () => ({
        do: 'write',
        path: `/domains/0000000${vm.slice(2)}-0000-4000-8000-000000000001/state`,
        text: 'stopp',
      }),
    ],
    [2, () => ({ do: pick(random, ['flush', 'unflush'] as const), node })],
    [2, () => ({ do: 'kill', node })],
    [3, () => ({ do: 'start', node })],
    [4, () => ({ do: 'kill-at', node, point: pick(random, POINTS) })],
    [1, () => ({ do: 'power-off', node })],
    [2, () => ({ do: 'power-on', node })],
    [1, () => ({ do: pick(random, ['libvirt-stop', 'libvirt-hang'] as const), node })],
    [2, () => ({ do: 'libvirt-start', node })],
    [1, () => ({ do: 'refuse-create', node })],
    [
      4,
      () => ({
        do: pick(random, ['guest-off', 'guest-crash', 'guest-io-error', 'guest-ignores'] as const),
        vm,
      }),
    ],
    [1, () => ({ do: 'virsh-destroy', vm })],
    [1, () => ({ do: 'store-stop' })],
    [2, () => ({ do: 'store-start' })],
    [1, () => ({ do: 'expire', node })],
  ];
  let at = between(
    random,
    0,
    choices.reduce((sum, [weight]) => sum + weight, 0),
  );
  for (const [weight, make] of choices) {
    at -= weight;
    if (at < 0) return make();
  }
  return { do: 'wait', ms: 1_000 };
}

function pick<T>(random: SimRandom, from: readonly T[]): T {
  const one = from[Math.floor(between(random, 0, from.length))];
  if (one === undefined) throw new Error('nothing to pick from');
  return one;
}

/** The least part of the commands that still goes wrong: takes out ever smaller parts as long as it does. */
async function shrink(
  seed: number,
  commands: readonly Command[],
  chaos: boolean,
): Promise<readonly Command[]> {
  let least = commands;
  let tries = SHRINKS;
  for (let size = Math.ceil(least.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < least.length && tries > 0;) {
      const without = [...least.slice(0, at), ...least.slice(at + size)];
      tries -= 1;
      if ((await live(seed, without, chaos)).wrong.length > 0) least = without;
      else at += size;
    }
  }
  return least;
}
