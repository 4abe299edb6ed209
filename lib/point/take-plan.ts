import type { Plan } from '../core/index.js';
import { completed, type PointRecord } from './points.js';

/** What the taking of a point is planned from. Page: docs/points.md. */
export interface TakeFacts {
  readonly name: string;
  /** The record of this name, if it is this task's. */
  readonly record: PointRecord | undefined;
  /** Records of points that a task which has ended was making or removing. */
  readonly left: readonly { readonly name: string; readonly record: PointRecord }[];
}

export type TakeStep =
  | { readonly kind: 'sweep'; readonly name: string; readonly record: PointRecord }
  | { readonly kind: 'intend' }
  | { readonly kind: 'take'; readonly record: PointRecord };

/** The first step of the taking of a point: its name is ours before anything of it is there. */
export function planTake({ name, record, left }: TakeFacts): Plan<TakeStep> {
  const [first] = left;
  if (first !== undefined)
    return {
      do: 'step',
      step: { kind: 'sweep', ...first },
      reason: `what was ${first.record.value.state} is left`,
    };
  if (record === undefined) return { do: 'step', step: { kind: 'intend' }, reason: 'it is to be taken' };
  return completed(name, record) === undefined
    ? { do: 'step', step: { kind: 'take', record }, reason: 'its name is ours' }
    : { do: 'rest', reason: 'it is there, and told' };
}
