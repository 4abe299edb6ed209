import { type Cut, type KillPoint, killPointName } from '../core/index.js';

/**
 * What the two sides of a transfer do, in order; those of a hand-over are the cursors of its saga. `two`: an act, and a record
 * that tells of it.
 */
const STEPS = {
  'send/offer': 'one',
  'send/ship': 'one',
  'send/commit': 'one',
  'receive/found': 'one',
  'receive/image': 'two',
  'receive/unit': 'two',
  'receive/committing': 'one',
  'receive/seal': 'one',
  'receive/name': 'two',
  'receive/complete': 'one',
} as const;
type Step = keyof typeof STEPS;
type Told = { [S in Step]: (typeof STEPS)[S] extends 'two' ? S : never }[Step];

/** Every place in a transfer where a program can die: what kill tests are generated from. */
export const TRANSFER_KILL_POINTS: readonly string[] = Object.entries(STEPS).flatMap(([step, parts]) =>
  (parts === 'two' ? (['before', 'guarded', 'done'] as const) : (['before', 'done'] as const)).map((cut) =>
    nameOf(step as Step, cut),
  ),
);

interface Killable {
  readonly killPoint?: KillPoint;
}

/** Does a step that is its own record. */
export async function step<T>(world: Killable, name: Exclude<Step, Told>, act: () => Promise<T>): Promise<T> {
  await world.killPoint?.(nameOf(name, 'before'));
  const result = await act();
  await world.killPoint?.(nameOf(name, 'done'));
  return result;
}

/** Does a step, and then tells of it. */
export async function stepTold<T, R>(
  world: Killable,
  name: Told,
  act: () => Promise<T>,
  tell: (result: T) => Promise<R>,
): Promise<R> {
  await world.killPoint?.(nameOf(name, 'before'));
  const result = await act();
  await world.killPoint?.(nameOf(name, 'guarded'));
  const told = await tell(result);
  await world.killPoint?.(nameOf(name, 'done'));
  return told;
}

function nameOf(name: Step, cut: Cut): string {
  const [machine = '', kind = ''] = name.split('/');
  return killPointName(machine, kind, cut);
}
