import { asDroverError, DroverError } from '../../lib/core/index.js';
import { directoryOf } from '../sandbox.js';
import { makeWorld, STEPS } from './steps.js';

/** `npm run demo [-- --keep]`: what exists, shown on real parts. Leaves nothing, or with --keep the sandbox `demo`. */
async function main(args: readonly string[]): Promise<number> {
  const unknown = args.filter((word) => word !== '--keep');
  if (unknown.length > 0) {
    console.error(`demo: unknown ${unknown.join(' ')}; there is --keep`);
    return 2;
  }
  const controller = new AbortController();
  process.once('SIGINT', () => {
    controller.abort(new DroverError('CANCELLED', { object: 'the demonstration', reason: 'interrupted' }));
  });
  const world = makeWorld('demo', controller.signal, (text) =>
    console.log(text.trimEnd().replace(/^/gm, '    ')),
  );
  const summary: string[] = [];
  const begin = performance.now();
  try {
    for (const [index, step] of STEPS.entries()) {
      controller.signal.throwIfAborted();
      console.log(`\n${index + 1}. ${step.title}`);
      const began = performance.now();
      await step.run(world);
      summary.push(`${seconds(began)}  ${step.title}`);
    }
  } catch (error) {
    console.error(`demo: ${asDroverError(error, 'the demonstration').message}`);
    await world.sandbox?.down();
    return 1;
  }
  console.log(`\nall ${STEPS.length} steps in ${seconds(begin).trim()}`);
  for (const line of summary) console.log(`  ${line}`);
  if (args.includes('--keep')) {
    await world.sandbox?.release();
    console.log(`\nthe sandbox stays: npm run sandbox -- -n demo status (in ${directoryOf('demo')})`);
  } else {
    await world.sandbox?.down();
    console.log('\nthe sandbox is down; nothing of it is left');
  }
  return 0;
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`.padStart(8);
}

process.exitCode = await main(process.argv.slice(2));
