import type { Fault, FAULT_ORDERS } from '../../../schemas/api.js';
import type { Sight } from './sight.js';

export type FaultOrder = (typeof FAULT_ORDERS)[number];

const TEXTS: ReadonlySet<FaultOrder> = new Set(['status', 'message']);

/** All faults: by time and weight the latest and heaviest first, by text in its order; equal ones by their id. */
export async function listFaults(sight: Sight, order: FaultOrder): Promise<Fault[]> {
  const ids = await sight.names('/faults');
  const faults = (await Promise.all(ids.map((id) => readFault(sight, id)))).filter(
    (fault) => fault !== undefined,
  );
  const sign = TEXTS.has(order) ? 1 : -1;
  return faults.sort((one, other) => {
    const [a, b] = [one[order], other[order]];
    return a === b ? 0 : a < b ? -sign : sign;
  });
}

/** The fault with this id, or undefined. */
export async function getFault(sight: Sight, id: string): Promise<Fault | undefined> {
  return (await sight.names('/faults')).includes(id) ? await readFault(sight, id) : undefined;
}

async function readFault(sight: Sight, id: string): Promise<Fault | undefined> {
  const keys = ['self', 'firstTime', 'lastTime', 'acknowledgedTime', 'status', 'delta', 'message'] as const;
  const fault = await sight.object('fault', { fault: id }, keys);
  if (!fault.has('self')) return undefined;
  return {
    id,
    last_reported: fault.text('lastTime'),
    first_reported: fault.text('firstTime'),
    acknowledged_at: fault.text('acknowledgedTime'),
    status: fault.text('status'),
    health_delta: fault.value('delta') ?? 0,
    message: fault.text('message'),
  };
}
