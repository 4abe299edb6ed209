import t from 'tap';
import { Accompaniment, type Run } from '../../../daemon/accompany.js';
import type { Orders } from '../../../daemon/orders.js';
import { Scope, SILENT } from '../../../lib/core/index.js';
import { SimClock } from '../../../lib/sim/index.js';

/** A companion that ends when the test says so, or when it is killed. */
class FakeRun implements Run {
  readonly told: object[] = [];
  killed = false;
  end: (how: string) => void = () => undefined;
  readonly ended: Promise<{ how: string }>;

  readonly obeys: boolean;

  constructor(obeys: boolean) {
    this.obeys = obeys;
    this.ended = new Promise((resolve) => {
      this.end = (how) => resolve({ how });
    });
  }

  tell(message: object): void {
    this.told.push(message);
    if (this.obeys && 'end' in message) this.end('code 0');
  }

  kill(): void {
    this.killed = true;
    this.end('signal SIGKILL');
  }
}

function world(obeys = true) {
  const clock = new SimClock();
  const scope = new Scope('test');
  const runs: FakeRun[] = [];
  let orders: Orders = { mayBegin: false };
  const companion = new Accompaniment(scope, {
    name: 'worker',
    clock,
    log: SILENT,
    orders: () => orders,
    endMs: 5_000,
    start: () => {
      const run = new FakeRun(obeys);
      runs.push(run);
      return run;
    },
  });
  const order = (next: Orders) => {
    orders = next;
    companion.tell();
  };
  return { clock, scope, runs, order, companion };
}

void t.test('a companion is told the whole of its orders at its beginning and at each change', async (t) => {
  const { scope, runs, order } = world();
  order({ mayBegin: true, epoch: 3 });
  t.same(runs[0]?.told, [{ mayBegin: false }, { mayBegin: true, epoch: 3 }]);
  await scope.close();
  t.same(runs[0]?.told.at(-1), { end: true });
  t.notOk(runs[0]?.killed);
});

void t.test(
  'N45: one that dies is started again, later and later, and knows what the former one knew',
  async (t) => {
    const { clock, scope, runs, order } = world();
    order({ mayBegin: true });
    const startedAfter: number[] = [];
    for (let n = 1; n <= 4; n += 1) {
      const at = clock.monotonic();
      runs.at(-1)?.end('signal SIGKILL');
      while (runs.length === n) await clock.advance(50);
      startedAfter.push(clock.monotonic() - at);
    }
    t.same(
      [...startedAfter].sort((a, b) => a - b),
      startedAfter,
    );
    t.ok((startedAfter[3] ?? 0) > (startedAfter[0] ?? 0));
    t.same(runs.at(-1)?.told, [{ mayBegin: true }]);
    await scope.close();
  },
);

void t.test('one that does not end when it is told to is ended', async (t) => {
  const { clock, scope, runs } = world(false);
  const closing = scope.close();
  await clock.advance(5_000);
  await closing;
  t.ok(runs[0]?.killed);
  t.equal(runs.length, 1);
});

void t.test('renewed, a new run has the work, and the former one ends what it has in hand', async (t) => {
  const { scope, runs, order, companion, clock } = world();
  order({ mayBegin: true, epoch: 3 });
  companion.renew();
  await clock.advance(0);
  t.equal(runs.length, 2);
  t.match(
    runs[0]?.told.at(-1),
    { mayBegin: false, drain: true, epoch: 3 },
    'what it does for the primary goes on',
  );
  t.same(runs[1]?.told, [{ mayBegin: true, epoch: 3 }]);
  order({ mayBegin: true, epoch: undefined });
  t.match(runs[0]?.told.at(-1), { drain: true, epoch: undefined }, 'it hears of the end of the term');
  await scope.close();
  t.same(
    runs.map(({ told }) => told.at(-1)),
    [{ end: true }, { end: true }],
    'both end with the daemon',
  );
});
