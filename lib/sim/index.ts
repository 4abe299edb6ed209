/** The ports on virtual time: deterministic for a seed, with every fault on call. */
export { SimClock, type SimClockOptions } from './clock.js';
export { SimFiles } from './files.js';
export { SimProcess, type SimProcessOptions } from './process.js';
export { between, chance, SimRandom } from './random.js';
export { Chaos, type ChaosOptions, type Fault, FAULTS } from './store/chaos.js';
export { SimStore } from './store/client.js';
export type { Transaction } from './store/ensemble.js';
export { type SimStoreOptions, SimStoreService } from './store/service.js';
