import type { Benchmark } from '../../schemas/index.js';
import { DroverError, type Plan } from '../core/index.js';
import { TESTS, type TestName } from './matrix.js';

/** What a benchmark is planned from. Page: docs/benchmark.md. */
export interface BenchmarkFacts {
  readonly task: string;
  readonly job: string;
  readonly head: Benchmark | undefined;
  /** Tests whose results are written. */
  readonly done: readonly string[];
  /** The volume that is measured, and its id when it had been written once. */
  readonly volume: string | undefined;
  readonly filled: string | undefined;
}

export type BenchmarkStep =
  | { readonly kind: 'begin' }
  | { readonly kind: 'make' }
  | { readonly kind: 'fill'; readonly volume: string }
  | { readonly kind: 'test'; readonly test: TestName }
  | { readonly kind: 'clean' }
  | { readonly kind: 'end' };

/** The first step of a benchmark, test by test. REFUSED when another has the name: results are never written over. */
export function planBenchmark(facts: BenchmarkFacts): Plan<BenchmarkStep> {
  const { task, job, head, done, volume, filled } = facts;
  if (head === undefined) return step({ kind: 'begin' }, 'nothing is written of it');
  if (head.task !== task)
    throw new DroverError('REFUSED', {
      object: `benchmark '${job}'`,
      reason: 'there are results under this name',
      remedy: 'choose another name, or none',
    });
  const next = TESTS.find(({ name }) => !done.includes(name));
  if (next !== undefined) {
    if (volume === undefined) return step({ kind: 'make' }, 'there is no volume to measure');
    if (volume !== filled) return step({ kind: 'fill', volume }, 'the volume was not written once');
    return step({ kind: 'test', test: next.name }, `${next.name} is next`);
  }
  if (volume !== undefined) return step({ kind: 'clean' }, 'all tests are done');
  if (head.state === 'running') return step({ kind: 'end' }, 'all tests are done, and nothing is left');
  return { do: 'rest', reason: 'it has ended' };
}

function step(what: BenchmarkStep, reason: string): Plan<BenchmarkStep> {
  return { do: 'step', step: what, reason };
}
