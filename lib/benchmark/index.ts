/** Storage benchmarks: fio's eight standard tests, and what the nodes were busy with meanwhile. Page: docs/benchmark.md. */
export { benchmarkTask, FORMAT } from './benchmark.js';
export { interfaceTo, readCounters, readMemory } from './counters.js';
export { TESTS, type TestName } from './matrix.js';
export { type BenchmarkFacts, type BenchmarkStep, planBenchmark } from './plan.js';
export { sampleTask } from './sample.js';
export { averages, type NodeAverages, sampleUntil, type SamplingWorld } from './sampling.js';
export type { BenchmarkWorld } from './world.js';
