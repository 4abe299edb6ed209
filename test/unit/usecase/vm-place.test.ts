import t from 'tap';
import { clusterWith, runOf, UseCaseWorldOfTest, WEB } from '../../support/use-case-world.js';

const at = (key: string) => `/domains/${WEB}/${key}`;
const RUNNING = { '/state': 'start' };
const WISH = { node: undefined, force: false, wait: false, live: false } as const;

async function placed(world: UseCaseWorldOfTest) {
  return {
    state: await world.text(at('state')),
    node: await world.text(at('node')),
    lastnode: await world.text(at('lastnode')),
  };
}

void t.test('migrate writes state, node and last node together, and chooses by the selector', async (t) => {
  const world = await UseCaseWorldOfTest.open(clusterWith(RUNNING));
  await world.run(world.useCases.vms.place(world.asked(), 'web', { ...WISH, action: 'migrate' }));
  t.same(await placed(world), { state: 'migrate', node: 'pv3', lastnode: 'pv1' });
  const zxids = new Set(
    await Promise.all(
      ['state', 'node', 'lastnode'].map(async (key) => {
        const entry = await world.run(world.store.read(at(key)));
        return entry?.stat.mzxid;
      }),
    ),
  );
  t.equal(zxids.size, 1, 'one transaction');
});

void t.test('move forgets where it came from; live never falls back to a shutdown', async (t) => {
  const world = await UseCaseWorldOfTest.open(clusterWith({ ...RUNNING, '/lastnode': 'pv3' }));
  await world.run(
    world.useCases.vms.place(world.asked(), 'web', { ...WISH, action: 'move', node: 'pv2', live: true }),
  );
  t.same(await placed(world), { state: 'migrate-live', node: 'pv2', lastnode: '' });
});

void t.test('move to where it is only forgets where it came from', async (t) => {
  const world = await UseCaseWorldOfTest.open(clusterWith({ ...RUNNING, '/lastnode': 'pv3' }));
  await world.run(world.useCases.vms.place(world.asked(), 'web', { ...WISH, action: 'move', node: 'pv1' }));
  t.same(await placed(world), { state: 'start', node: 'pv1', lastnode: '' });
});

void t.test('unmigrate goes back, and is refused for what was not migrated', async (t) => {
  const world = await UseCaseWorldOfTest.open(clusterWith({ ...RUNNING, '/lastnode': 'pv2' }));
  const back = () =>
    world.run(world.useCases.vms.place(world.asked(), 'web', { ...WISH, action: 'unmigrate' }));
  await back();
  t.same(await placed(world), { state: 'migrate', node: 'pv2', lastnode: '' });
  await world.write({ [at('state')]: 'start' });
  await t.rejects(back(), { code: 'REFUSED', remedy: /drover vm move web/ });
});

void t.test('a second migrate is refused without force, and keeps the first home with it', async (t) => {
  const world = await UseCaseWorldOfTest.open(clusterWith({ ...RUNNING, '/lastnode': 'pv2' }));
  const again = (force: boolean) =>
    world.run(world.useCases.vms.place(world.asked(), 'web', { ...WISH, action: 'migrate', force }));
  await t.rejects(again(false), { code: 'REFUSED', remedy: /drover vm unmigrate web/ });
  await again(true);
  t.same(await placed(world), { state: 'migrate', node: 'pv3', lastnode: 'pv2' });
});

void t.test('a stopped VM only gets another node', async (t) => {
  const world = await UseCaseWorldOfTest.open(clusterWith());
  await world.run(
    world.useCases.vms.place(world.asked(), 'web', { ...WISH, action: 'move', node: 'pv2', wait: true }),
  );
  t.same(await placed(world), { state: 'stop', node: 'pv2', lastnode: '' });
});

void t.test('targets that cannot be are refused, each for its reason', async (t) => {
  const world = await UseCaseWorldOfTest.open(
    clusterWith({ ...RUNNING, '/node_limit': 'pv1,pv2' }, { '/nodes/pv2/domainstate': 'flushed' }),
  );
  const to = (node: string | undefined, force = false) =>
    world.run(world.useCases.vms.place(world.asked(), 'web', { ...WISH, action: 'move', node, force }));
  await t.rejects(to('pv9'), { code: 'NOT_FOUND' });
  await t.rejects(to('pv3'), { code: 'REFUSED', reason: /pv1, pv2/ });
  await t.rejects(to('pv1'), { code: 'REFUSED', reason: /already/ });
  await t.rejects(to(undefined), { code: 'REFUSED', reason: /takes VMs/ });
  await t.rejects(to('pv2'), { code: 'REFUSED', reason: /takes no VMs/ });
  await to('pv2', true);
  t.equal(await world.text(at('node')), 'pv2');
});

void t.test('a mirror, and what is on its way, is moved only by force', async (t) => {
  for (const state of ['mirror', 'migrate', 'restart', 'shutdown']) {
    const world = await UseCaseWorldOfTest.open(clusterWith({ '/state': state }));
    const move = (force: boolean) =>
      world.run(
        world.useCases.vms.place(world.asked(), 'web', { ...WISH, action: 'move', node: 'pv2', force }),
      );
    await t.rejects(move(false), { code: 'REFUSED' }, state);
    await move(true);
    t.same(await placed(world), { state, node: 'pv2', lastnode: '' }, state);
  }
});

void t.test('who waits for a move is answered when only the target holds it', async (t) => {
  const run = `/drover/runs/${WEB}`;
  const world = await UseCaseWorldOfTest.open({ ...clusterWith(RUNNING), [run]: runOf('pv1') });
  const waiting = world.useCases.vms.place(world.asked(), 'web', {
    ...WISH,
    action: 'migrate',
    node: 'pv2',
    wait: true,
  });
  await world.clock.advance(1_000);
  await world.write({ [at('state')]: 'start', [run]: runOf('pv2') });
  t.match(await world.run(waiting), /runs on pv2/);
});

void t.test('who waits for a move that is given up is told', async (t) => {
  const world = await UseCaseWorldOfTest.open(clusterWith(RUNNING));
  const waiting = world.useCases.vms.place(world.asked(), 'web', {
    ...WISH,
    action: 'migrate',
    node: 'pv2',
    wait: true,
  });
  waiting.catch(() => undefined);
  await world.clock.advance(1_000);
  await world.write({ [at('state')]: 'start', [at('node')]: 'pv1' });
  await t.rejects(world.run(waiting), { code: 'REFUSED', reason: /stays on pv1/ });
});
