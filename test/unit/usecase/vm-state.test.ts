import t from 'tap';
import { clusterWith, DB, runOf, UseCaseWorldOfTest, vmKeys, WEB } from '../../support/use-case-world.js';

const STATE = `/domains/${WEB}/state`;
const RUN = `/drover/runs/${WEB}`;
const QUIET = { force: false, wait: false } as const;

void t.test('a wish is written once, by name or UUID, and never an equal value', async (t) => {
  const world = await UseCaseWorldOfTest.open(clusterWith());
  const { vms } = world.useCases;
  await world.run(vms.setState(world.asked(), 'web', { state: 'start', ...QUIET }));
  t.equal(await world.text(STATE), 'start');
  await world.run(vms.setState(world.asked(), WEB.toUpperCase(), { state: 'start', ...QUIET }));
  t.equal(await world.version(STATE), 1);
  t.same(world.lookedAt, [STATE], 'a lock of another program is looked for before the write');
});

void t.test('a VM that is not there, or whose name two have, is told', async (t) => {
  const world = await UseCaseWorldOfTest.open({ ...clusterWith(), ...vmKeys(DB, 'web') });
  const { vms } = world.useCases;
  const start = (vm: string) => world.run(vms.setState(world.asked(), vm, { state: 'start', ...QUIET }));
  await t.rejects(start('nobody'), { code: 'NOT_FOUND' });
  await t.rejects(start('web'), { code: 'REFUSED', remedy: /UUID/ });
  t.equal(await world.text(STATE), 'stop');
});

void t.test('a wish that somebody changes meanwhile is decided anew', async (t) => {
  const world = await UseCaseWorldOfTest.open(clusterWith());
  let times = 0;
  world.beforeWrite = async () => {
    times += 1;
    if (times === 1) await world.writeInside({ [STATE]: 'mirror' });
  };
  await t.rejects(
    world.run(world.useCases.vms.setState(world.asked(), 'web', { state: 'start', ...QUIET })),
    {
      code: 'REFUSED',
    },
  );
  t.equal(await world.text(STATE), 'mirror');
});

void t.test('a lost reply is read again: the wish stands once', async (t) => {
  const world = await UseCaseWorldOfTest.open(clusterWith());
  world.service.loseNextReply(world.store, { applied: true });
  await world.run(world.useCases.vms.setState(world.asked(), 'web', { state: 'start', ...QUIET }));
  t.equal(await world.text(STATE), 'start');
  t.equal(await world.version(STATE), 1);
});

void t.test('who waits for a start is answered when its node says that it runs', async (t) => {
  const world = await UseCaseWorldOfTest.open(clusterWith());
  let done = false;
  const waiting = world.useCases.vms
    .setState(world.asked(), 'web', { state: 'start', force: false, wait: true })
    .finally(() => {
      done = true;
    });
  await world.clock.advance(1_000);
  t.equal(await world.text(STATE), 'start');
  await world.write({ [RUN]: runOf('pv1') });
  await world.clock.advance(10_000);
  t.notOk(done, 'a holder alone may still fail to create it');
  await world.write({ '/nodes/pv1/runningdomains': WEB });
  t.match(await world.run(waiting), /runs/);
});

void t.test('who waits for a start that fails is told why', async (t) => {
  const world = await UseCaseWorldOfTest.open(clusterWith());
  const waiting = world.useCases.vms.setState(world.asked(), 'web', {
    state: 'start',
    force: false,
    wait: true,
  });
  waiting.catch(() => undefined);
  await world.clock.advance(100);
  await world.write({ [STATE]: 'fail', [`/domains/${WEB}/failedreason`]: 'no such image' });
  await t.rejects(world.run(waiting), { code: 'REFUSED', reason: /no such image/ });
});

void t.test('who waits for a shutdown is answered when nobody holds it any more', async (t) => {
  const world = await UseCaseWorldOfTest.open({ ...clusterWith({ '/state': 'start' }), [RUN]: runOf('pv1') });
  let done = false;
  const waiting = world.useCases.vms
    .setState(world.asked(), 'web', { state: 'shutdown', force: false, wait: true })
    .finally(() => {
      done = true;
    });
  await world.clock.advance(100);
  t.equal(await world.text(STATE), 'shutdown');
  await world.write({ [STATE]: 'stop' });
  await world.clock.advance(1_000);
  t.notOk(done);
  await world.write({ [RUN]: runOf() });
  t.match(await world.run(waiting), /has shut down/);
});

void t.test('a restart is over when the word is out of the run record', async (t) => {
  const edge = { word: 'restart', mzxid: '0x5', since: 1 };
  const world = await UseCaseWorldOfTest.open({
    ...clusterWith({ '/state': 'start' }, { '/nodes/pv1/runningdomains': WEB }),
    [RUN]: runOf('pv1'),
  });
  let done = false;
  const waiting = world.useCases.vms
    .setState(world.asked(), 'web', { state: 'restart', force: false, wait: true })
    .finally(() => {
      done = true;
    });
  await world.clock.advance(100);
  await world.write({ [RUN]: runOf('pv1', [edge]) });
  await world.write({ [STATE]: 'start' });
  await world.clock.advance(1_000);
  t.notOk(done);
  await world.write({ [RUN]: runOf('pv1') });
  t.match(await world.run(waiting), /has restarted/);
});

void t.test('waiting ends with the caller, and by its own limit; the wish stands', async (t) => {
  const world = await UseCaseWorldOfTest.open(clusterWith());
  const gone = new AbortController();
  const wish = { state: 'start', force: false, wait: true } as const;
  const first = world.useCases.vms.setState(world.asked(gone.signal), 'web', wish);
  first.catch(() => undefined);
  await world.clock.advance(100);
  gone.abort(new Error('gone'));
  await t.rejects(world.run(first), /gone/);
  t.equal(await world.text(STATE), 'start');
  const second = world.useCases.vms.setState(world.asked(), 'web', wish);
  await t.rejects(world.run(second, 4_000_000), { code: 'DEADLINE' });
});

void t.test('disable by force stops first, and disables what is gone', async (t) => {
  const world = await UseCaseWorldOfTest.open({ ...clusterWith({ '/state': 'start' }), [RUN]: runOf('pv1') });
  const waiting = world.useCases.vms.setState(world.asked(), 'web', {
    state: 'disable',
    force: true,
    wait: false,
  });
  await world.clock.advance(1_000);
  t.equal(await world.text(STATE), 'stop');
  await world.write({ [RUN]: runOf() });
  await world.run(waiting);
  t.equal(await world.text(STATE), 'disable');
});

void t.test(
  'M10: what is being handed over is not started here, by force neither; nor a copy without',
  async (t) => {
    const mirror = (role: string, state = 'clean') => ({
      [`/drover/mirrors/${WEB}`]: JSON.stringify({ v: 1, role, epoch: 2, head: { state, point: 'p' } }),
    });
    const start = async (entries: Readonly<Record<string, string>>, force: boolean) => {
      const world = await UseCaseWorldOfTest.open({ ...clusterWith(), ...entries });
      const { vms } = world.useCases;
      await world.run(vms.setState(world.asked(), 'web', { state: 'start', wait: false, force }));
      return JSON.parse((await world.text(`/drover/mirrors/${WEB}`)) ?? '') as object;
    };
    for (const role of ['handing-over', 'handed-over'])
      for (const force of [true, false])
        await t.rejects(start(mirror(role), force), { code: 'REFUSED', remedy: /--reclaim/ }, role);
    await t.rejects(start(mirror('mirror'), false), { code: 'REFUSED', remedy: /promote web/ });
    await t.rejects(start(mirror('mirror', 'dirty'), true), { code: 'REFUSED', remedy: /rollback web/ });
    t.match(await start(mirror('mirror'), true), { role: 'active', epoch: 3 });
    t.match(await start(mirror('active'), false), { role: 'active', epoch: 2 });
  },
);
