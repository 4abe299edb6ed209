import type { Step, World } from './world.js';

/** How fast the storage is: as short as can be, so that the figures say little. */
export const BENCHMARK: readonly Step[] = [
  { title: 'the storage is measured with the eight standard tests, one second each', run: measure },
];

const NAME = 'short';
const SHORT = ['--size', '64M', '--runtime', '1', '--warm-up', '0'];

async function measure(world: World): Promise<void> {
  await world.show('east', 'storage', 'benchmark', 'run', 'vms', '--name', NAME, ...SHORT, '-y');
  await world.show('east', 'storage', 'benchmark', 'list');
  const info = await world.fleet('east').drover('storage', 'benchmark', 'info', NAME);
  // Of eight tests.
  const [about = '', first = ''] = info.split('\n\n');
  world.tell(`$ drover storage benchmark info ${NAME}\n${about}\n${first}\n…`);
}
