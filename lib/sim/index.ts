/** The ports on virtual time: deterministic for a seed, with every fault on call. */
export { SimClock, type SimClockOptions } from './clock.js';
export { SimProcess, type SimProcessOptions } from './process.js';
export { between, chance, SimRandom } from './random.js';
