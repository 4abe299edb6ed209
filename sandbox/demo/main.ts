import { asDroverError, DroverError } from '../../lib/core/index.js';
import { keep } from './keep.js';
import { STEPS } from './steps.js';
import { World } from './world.js';

/** `npm run demo [-- --keep]`: what exists, shown on real parts. Leaves nothing, or with --keep the sandbox `demo`. */
async function main(args: readonly string[]): Promise<number> {
  const unknown = args.filter((word) => word !== '--keep');
  if (unknown.length > 0) {
    console.error(`demo: unknown ${unknown.join(' ')}; there is --keep`);
    return 2;
  }
  const world = new World('demo', interruption(), (text) =>
    console.log(text.trimEnd().replace(/^(?=.)/gm, '    ')),
  );
  try {
    console.log(await shown(world));
    if (args.includes('--keep')) {
      await keep(world);
    } else {
      await world.started?.down();
      console.log('\nthe sandbox is down; nothing of it is left');
    }
    return 0;
  } catch (error) {
    const cause: unknown = world.signal.aborted ? world.signal.reason : error;
    console.error(`demo: ${asDroverError(cause, 'the demonstration').message}`);
    await world.started?.down();
    return 1;
  }
}

/** Runs every step; returns what took how long, and what was measured. */
async function shown(world: World): Promise<string> {
  const begin = performance.now();
  const times: string[] = [];
  for (const [index, step] of STEPS.entries()) {
    world.signal.throwIfAborted();
    console.log(`\n${index + 1}. ${step.title}`);
    const began = performance.now();
    await step.run(world);
    times.push(`  ${secondsSince(began).padStart(8)}  ${step.title}`);
  }
  const figures = world.figures.map((figure) => `  ${figure}`);
  const lines = [`\nall ${STEPS.length} steps in ${secondsSince(begin)}`, ...times, '', ...figures];
  return lines.join('\n');
}

/** Aborted by Ctrl-C, or by whoever ends it otherwise. We stay, however often we are told: there is something to clean up. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      controller.abort(new DroverError('CANCELLED', { object: 'the demonstration', reason: signal }));
    });
  return controller.signal;
}

function secondsSince(time: number): string {
  return `${((performance.now() - time) / 1000).toFixed(1)} s`;
}

process.exitCode = await main(process.argv.slice(2));
