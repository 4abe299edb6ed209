import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { type Command, lineOf } from './life-commands.js';
import { neverBeen, notAsWished } from './life-checker.js';
import { stateChanges } from './life-wishes.js';
import { LifeRun } from './life-run.js';
import { LifeWorld } from './life-world.js';

/** What a scenario's file holds. */
export interface Scenario {
  readonly description: string;
  readonly nodes: readonly string[];
  readonly vms: readonly string[];
  readonly commands: readonly Command[];
  /** VMs that are not to be as wished in the end; the log shows why. */
  readonly unsettled?: readonly string[];
}

export function readScenario(path: string): Scenario {
  return parse(readFileSync(path, 'utf8')) as Scenario;
}

const QUIET_MS = 90_000;
const SEED = 'scenario';

/** Plays a scenario and returns its log: what was asked, the steps that daemons took, and what really happened. */
export async function play(
  scenario: Scenario,
): Promise<{ readonly log: string; readonly wrong: readonly string[] }> {
  const lines: { readonly atMs: number; readonly text: string }[] = [];
  const world: LifeWorld = new LifeWorld({
    seed: SEED,
    // What happens does not depend on how many messages it takes.
    calm: true,
    ...scenario,
    log: (node, fields, message) => {
      const vm = world.vms.find(({ uuid }) => 'vm' in fields && fields.vm === uuid);
      if (vm === undefined ? !/^(flush: VM|dies at)/.test(message) : !('step' in fields)) return;
      lines.push({
        atMs: world.clock.monotonic(),
        text: `${node}: ${vm === undefined ? '' : `${vm.name}: `}${message}`,
      });
    },
  });
  const run = new LifeRun(world);
  await run.settle();
  const wrong: string[] = [];
  const note = (error: unknown) => void wrong.push(String(error));
  for (const command of scenario.commands) {
    if (command.do !== 'wait' && command.do !== 'until')
      lines.push({ atMs: world.clock.monotonic(), text: `> ${lineOf(command)}` });
    await run.do(command).catch(note);
  }
  const expected = world.vms.filter(({ name }) => scenario.unsettled?.includes(name) !== true);
  await world.clock
    .runUntil(
      () => expected.every((vm) => notAsWished(world, vm) === undefined),
      QUIET_MS,
      'everything as wished',
    )
    .catch(note);
  wrong.push(...neverBeen(world), ...expected.flatMap((vm) => notAsWished(world, vm) ?? []));
  return { log: logOf(world, lines), wrong };
}

function logOf(world: LifeWorld, said: readonly { readonly atMs: number; readonly text: string }[]): string {
  const nameOf = (uuid: string) => world.vms.find((vm) => vm.uuid === uuid)?.name ?? uuid;
  const processes = world.machines.history.lifetimes.flatMap(({ uuid, node, fromMs, toMs, incomingOf }) => [
    {
      atMs: fromMs,
      text: `= ${nameOf(uuid)} ${incomingOf === undefined ? 'runs' : 'is received'} on ${node}`,
    },
    ...(toMs === Infinity ? [] : [{ atMs: toMs, text: `= ${nameOf(uuid)} is gone from ${node}` }]),
  ]);
  const states = stateChanges(world)
    .filter(({ client }) => !client.startsWith('operator'))
    .map(({ atMs, vm, state, client }) => ({
      atMs,
      text: `${client.split('-')[0] ?? ''} writes ${vm.name} ${state}`,
    }));
  const all = [...said, ...processes, ...states].map((line, index) => ({ ...line, index }));
  all.sort((one, other) => one.atMs - other.atMs || one.index - other.index);
  return `${all.map(({ text }) => text).join('\n')}\n`;
}
