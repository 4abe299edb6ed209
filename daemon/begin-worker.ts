import { termGuard } from '../lib/ownership/index.js';
import { Kinds, type Term, Worker } from '../lib/task/index.js';
import type { Begin } from './companion-main.js';
import { taskKinds } from './kinds.js';
import type { Orders } from './orders.js';

/** The worker of a node: carries out its tasks, so that no bulk data passes droverd. */
export const beginWorker: Begin = (scope, { ground, orders, onOrders, end }) => {
  const { me, store, clock, log, killPoint } = ground;
  const worker = new Worker(scope, {
    ...me,
    store,
    clock,
    log,
    kinds: new Kinds(taskKinds(ground)),
    term: () => termOf(orders),
    mayBegin: () => orders().mayBegin,
    ...(killPoint && { killPoint }),
  });
  onOrders(() => {
    worker.wake();
    if (orders().drain === true) void worker.idle().then(() => end('another worker has taken over'));
  });
};

/** The term that droverd leads in, as long as it says so; what is written in it is tied to its key all the same. */
function termOf(orders: () => Orders): Term | undefined {
  const { epoch } = orders();
  if (epoch === undefined) return undefined;
  return {
    guard: termGuard(epoch),
    get valid() {
      return orders().epoch === epoch;
    },
  };
}
