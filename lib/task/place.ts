import type { Store } from '../ports/index.js';
import type { Job } from './job.js';

/** Where a task runs. */
export type Place =
  { readonly is: 'primary' } | { readonly is: 'any' } | { readonly is: 'node'; readonly node: string };

/** Where `job` runs at this moment. Fails as its kind's look-up does. */
export async function placeOf(job: Job, store: Store): Promise<Place> {
  const { kind, request } = job;
  if (kind.where === 'primary') return { is: 'primary' };
  if (kind.where === 'any')
    return request.runOn === undefined ? { is: 'any' } : { is: 'node', node: request.runOn };
  const found = await kind.where(request.args, store);
  return found === 'any' ? { is: 'any' } : { is: 'node', node: found.node };
}
