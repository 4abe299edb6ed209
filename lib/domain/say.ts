import type { Plan } from '../core/index.js';
import type { VmStep } from './steps.js';

export function rest(reason: string): Plan<VmStep> {
  return { do: 'rest', reason };
}

export function wait(ms: number, reason: string): Plan<VmStep> {
  return { do: 'wait', ms: Math.max(1, Math.ceil(ms)), reason };
}

export function step(what: VmStep, reason: string): Plan<VmStep> {
  return { do: 'step', step: what, reason };
}
