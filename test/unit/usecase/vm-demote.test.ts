import t from 'tap';
import { clusterWith, runOf, UseCaseWorldOfTest, WEB } from '../../support/use-case-world.js';

const STATE = `/domains/${WEB}/state`;
const RUN = `/drover/runs/${WEB}`;
const MIRROR = `/drover/mirrors/${WEB}`;

const active = (more: object = {}) =>
  JSON.stringify({ v: 1, role: 'active', epoch: 3, head: { state: 'clean', point: 'p1' }, ...more });

async function demote(
  entries: Readonly<Record<string, string>>,
  keys: Readonly<Record<string, string>> = {},
) {
  const world = await UseCaseWorldOfTest.open({ ...clusterWith(keys), ...entries });
  const said = await world.run(world.useCases.vms.demote(world.asked(), 'web'));
  return { world, said };
}

void t.test('M49: a stopped VM becomes a copy, of its epoch, whose disks may hold anything', async (t) => {
  const { world, said } = await demote({ [MIRROR]: active({ source: { cluster: 'c', name: 'west' } }) });
  t.match(said, /is a copy now/);
  t.equal(await world.text(STATE), 'mirror');
  t.same(JSON.parse((await world.text(MIRROR)) ?? ''), {
    ...{ v: 1, role: 'mirror', epoch: 3, head: { state: 'dirty' } },
  });
  t.match(await world.run(world.useCases.vms.demote(world.asked(), 'web')), /is a copy already/);
});

void t.test('one that was never mirrored becomes a copy too', async (t) => {
  const { world } = await demote({});
  t.match(JSON.parse((await world.text(MIRROR)) ?? ''), { role: 'mirror', epoch: 0 });
});

void t.test('what runs, is held or is being handed over stays as it is', async (t) => {
  await t.rejects(demote({}, { '/state': 'start' }), { code: 'REFUSED', remedy: /stop it first/ });
  await t.rejects(demote({ [RUN]: runOf('pv1') }), { code: 'REFUSED', reason: /pv1 still has a process/ });
  await t.rejects(demote({ [MIRROR]: active({ role: 'handed-over' }) }), {
    code: 'REFUSED',
    remedy: /--reclaim/,
  });
});
