import t from 'tap';
import {
  clusterWith,
  DB,
  definitionOf,
  UseCaseWorldOfTest,
  vmKeys,
  WEB,
} from '../../support/use-case-world.js';

const MOVE = { action: 'move', node: 'pv2', force: false, wait: false, live: false } as const;
const START = { state: 'start', force: false, wait: false } as const;
const FULL = { '/nodes/pv2/memfree': '511' };
const uuid = (n: number) => `000000${10 + n}-0000-4000-8000-000000000009`;

void t.test('N11: a named node that a VM does not fit on is refused, with the figures', async (t) => {
  const world = await UseCaseWorldOfTest.open(clusterWith({ '/state': 'start', '/lastnode': 'pv2' }, FULL));
  const place = (wish: object) =>
    world.run(world.useCases.vms.place(world.asked(), 'web', { ...MOVE, ...wish }));
  const refusal = {
    code: 'REFUSED',
    reason: 'it needs 512 MiB, and pv2 has 511 MiB free',
    remedy: /another node, or give force/,
  };
  await t.rejects(place({}), refusal);
  await t.rejects(place({ action: 'unmigrate', node: undefined }), refusal);
  t.equal(await world.text(`/domains/${WEB}/node`), 'pv1');
  await place({ force: true });
  t.equal(await world.text(`/domains/${WEB}/node`), 'pv2');
});

void t.test('N11: so it is for a definition', async (t) => {
  const world = await UseCaseWorldOfTest.open(clusterWith({}, FULL));
  const define = (force: boolean) =>
    world.run(
      world.useCases.vms.define(world.asked(), {
        ...{ xml: definitionOf(DB, 'db'), node: 'pv2', meta: {}, tags: [], force },
      }),
    );
  await t.rejects(define(false), { code: 'REFUSED', reason: /512 MiB.*511 MiB/ });
  await define(true);
  t.equal(await world.text(`/domains/${DB}/node`), 'pv2');
});

void t.test('N11: and for a start where it is', async (t) => {
  const world = await UseCaseWorldOfTest.open(clusterWith({ '/node': 'pv2' }, FULL));
  const start = (force: boolean) =>
    world.run(world.useCases.vms.setState(world.asked(), 'web', { ...START, force }));
  await t.rejects(start(false), {
    code: 'REFUSED',
    reason: 'it needs 512 MiB, and pv2 has 511 MiB free',
    remedy: /drover vm move web/,
  });
  t.equal(await world.text(`/domains/${WEB}/state`), 'stop');
  await start(true);
  t.equal(await world.text(`/domains/${WEB}/state`), 'start');
  t.match(await start(false), /stood already/);
});

void t.test('a VM that has its memory already needs no more: a shutdown is called off', async (t) => {
  const world = await UseCaseWorldOfTest.open(clusterWith({ '/node': 'pv2', '/state': 'shutdown' }, FULL));
  await world.run(world.useCases.vms.setState(world.asked(), 'web', START));
  t.equal(await world.text(`/domains/${WEB}/state`), 'start');
});

/** Six VMs of 512 MiB on pv1; pv2 has room for two, pv3 for three. */
function crowd(state: string, node = 'pv1'): Record<string, string> {
  const vms = [1, 2, 3, 4, 5, 6].map((n) =>
    vmKeys(uuid(n), `vm${n}`, { '/state': state, '/node': node, '/migration_method': 'live' }),
  );
  const nodes = { '/nodes/pv2/memfree': '1100', '/nodes/pv3/memfree': '1600' };
  return Object.assign(clusterWith({}, nodes), ...vms) as Record<string, string>;
}

async function nodesOf(world: UseCaseWorldOfTest): Promise<string[]> {
  const nodes = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => world.text(`/domains/${uuid(n)}/node`)));
  return nodes.map(String).sort();
}

void t.test('N11: many migrations at once give no node more than it has room for', async (t) => {
  for (const apis of [1, 2]) {
    const world = await UseCaseWorldOfTest.open(crowd('start'));
    // After a change of the primary the former one may still answer: another process, with nothing in common but the store.
    const cases = [world.useCases, apis === 2 ? world.otherUseCases() : world.useCases];
    const all = Promise.allSettled(
      [1, 2, 3, 4, 5, 6].map((n) =>
        cases[n % 2]!.vms.place(world.asked(), `vm${n}`, { ...MOVE, action: 'migrate', node: undefined }),
      ),
    );
    const outcomes = await world.run(all);
    t.same(await nodesOf(world), ['pv1', 'pv2', 'pv2', 'pv3', 'pv3', 'pv3'], `${apis} APIs`);
    const refusals = outcomes.filter(({ status }) => status === 'rejected');
    t.match(refusals, [
      { reason: { code: 'REFUSED', reason: /needs 512 MiB, and free are: .*pv2 76, pv3 64/ } },
    ]);
  }
});

void t.test('N11: many starts at once on one node stop where its memory ends', async (t) => {
  const world = await UseCaseWorldOfTest.open(crowd('stop', 'pv3'));
  const all = Promise.allSettled(
    [1, 2, 3, 4, 5, 6].map((n) => world.useCases.vms.setState(world.asked(), `vm${n}`, START)),
  );
  const outcomes = await world.run(all);
  t.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 3);
  t.match(
    outcomes.find(({ status }) => status === 'rejected'),
    { reason: { reason: /pv3 has 64 MiB free besides the 1536 MiB/ } },
  );
});
