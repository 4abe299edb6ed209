import t from 'tap';
import { chooseTarget, type NodeSeen } from '../../../lib/domain/index.js';
import { clusterWith, UseCaseWorldOfTest, WEB } from '../../support/use-case-world.js';

void t.test('tags are added, changed and removed, protected ones not', async (t) => {
  const world = await UseCaseWorldOfTest.open(clusterWith());
  const { vms } = world.useCases;
  const tag = `/domains/${WEB}/tags/gold`;
  await world.run(vms.addTag(world.asked(), 'web', { name: 'gold', protected: true }));
  t.equal(await world.text(`${tag}/protected`), 'True');
  await t.rejects(world.run(vms.removeTag(world.asked(), 'web', 'gold')), { code: 'REFUSED' });
  await world.run(vms.addTag(world.asked(), 'web', { name: 'gold', protected: false }));
  await world.run(vms.removeTag(world.asked(), 'web', 'gold'));
  t.equal(await world.text(tag), undefined);
  await world.run(vms.removeTag(world.asked(), 'web', 'gold'));
});

void t.test('what is left out of the meta data stays', async (t) => {
  const world = await UseCaseWorldOfTest.open(clusterWith({ '/node_limit': 'pv1' }));
  const { vms } = world.useCases;
  await world.run(vms.setMeta(world.asked(), 'web', { nodeSelector: 'load', migrationMaxDowntime: 500 }));
  t.equal(await world.text(`/domains/${WEB}/node_selector`), 'load');
  t.equal(await world.text(`/domains/${WEB}/migration_max_downtime`), '500', 'a missing key is made');
  t.equal(await world.text(`/domains/${WEB}/node_limit`), 'pv1');
  await t.rejects(world.run(vms.setMeta(world.asked(), 'web', { nodeLimit: ['pv9'] })), {
    code: 'NOT_FOUND',
  });
});

void t.test('maintenance is written in lower case, and not when it is so already', async (t) => {
  const world = await UseCaseWorldOfTest.open(clusterWith());
  const { cluster } = world.useCases;
  await world.run(cluster.setMaintenance(world.asked(), false));
  t.equal(await world.text('/config/maintenance'), '');
  await world.run(cluster.setMaintenance(world.asked(), true));
  t.equal(await world.text('/config/maintenance'), 'true');
  await world.run(cluster.setMaintenance(world.asked(), false));
  t.equal(await world.text('/config/maintenance'), 'false');
});

void t.test('faults are acknowledged once, and deleted with everything in them', async (t) => {
  const fault = (id: string) => ({
    [`/faults/${id}`]: '',
    [`/faults/${id}/status`]: 'new',
    [`/faults/${id}/ack_time`]: '',
    [`/faults/${id}/delta`]: '10',
  });
  const world = await UseCaseWorldOfTest.open({ ...clusterWith(), ...fault('ONE'), ...fault('TWO') });
  const { faults } = world.useCases;
  await world.run(faults.acknowledge(world.asked(), 'ONE'));
  await world.run(faults.acknowledge(world.asked(), undefined));
  t.equal(await world.version('/faults/ONE/status'), 1);
  t.equal(await world.text('/faults/TWO/status'), 'ack');
  t.match(await world.text('/faults/ONE/ack_time'), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  await world.run(faults.remove(world.asked(), 'ONE'));
  t.equal(await world.text('/faults/ONE'), undefined);
  await t.rejects(world.run(faults.remove(world.asked(), 'ONE')), { code: 'NOT_FOUND' });
  await world.run(faults.remove(world.asked(), undefined));
  t.equal(await world.text('/faults/TWO'), undefined);
});

void t.test('a node is flushed and made ready by a wish, which can be waited for', async (t) => {
  const world = await UseCaseWorldOfTest.open(clusterWith());
  const { nodes } = world.useCases;
  const key = '/nodes/pv2/domainstate';
  const waiting = nodes.setDomainState(world.asked(), 'pv2', { state: 'flush', wait: true });
  await world.clock.advance(100);
  t.equal(await world.text(key), 'flush');
  t.same(world.lookedAt, [key]);
  await world.write({ [key]: 'flushed' });
  t.match(await world.run(waiting), /is flushed/);
  await world.run(nodes.setDomainState(world.asked(), 'pv2', { state: 'ready', wait: false }));
  t.equal(await world.text(key), 'unflush');
  await t.rejects(world.run(nodes.setDomainState(world.asked(), 'pv9', { state: 'ready', wait: false })), {
    code: 'NOT_FOUND',
  });
});

void t.test('the lead goes to a coordinator that runs', async (t) => {
  const world = await UseCaseWorldOfTest.open(
    clusterWith({}, { '/nodes/pv2': 'hypervisor', '/nodes/pv3/daemonstate': 'stop' }),
  );
  const set = (node: string, state: 'primary' | 'secondary') =>
    world.run(world.useCases.nodes.setCoordinatorState(world.asked(), node, state));
  await t.rejects(set('pv2', 'primary'), { code: 'REFUSED' });
  await t.rejects(set('pv3', 'primary'), { code: 'REFUSED' });
  t.match(await set('pv1', 'primary'), /already/);
  t.same(world.handedTo, []);
  await world.write({ '/nodes/pv3/daemonstate': 'run' });
  await set('pv3', 'primary');
  await set('pv1', 'secondary');
  t.same(world.handedTo, ['pv3', undefined]);
});

void t.test('each selector chooses by its own figure, and none that a node does not tell', (t) => {
  const node = (name: string, figures: Partial<NodeSeen>): NodeSeen => ({
    name,
    daemonState: 'run',
    domainState: 'ready',
    memoryFree: undefined,
    memoryUsed: undefined,
    memoryProvisioned: undefined,
    load: undefined,
    vcpus: undefined,
    vms: undefined,
    ...figures,
  });
  const nodes = [
    node('a', { memoryFree: 10, memoryUsed: 90, memoryProvisioned: 20, load: 3, vcpus: 5, vms: 1 }),
    node('b', { memoryFree: 50, memoryUsed: 50, memoryProvisioned: 90, load: 1, vcpus: 9, vms: 4 }),
    node('c', { memoryFree: 99, load: 0, vcpus: 0, vms: 0, domainState: 'flush' }),
    node('d', { vcpus: 2 }),
  ];
  const free = { limit: [], not: undefined };
  t.equal(chooseTarget(nodes, 'mem', free), 'b');
  t.equal(chooseTarget(nodes, 'memprov', free), 'a');
  t.equal(chooseTarget(nodes, 'load', free), 'b');
  t.equal(chooseTarget(nodes, 'vcpus', free), 'd');
  t.equal(chooseTarget(nodes, 'vms', free), 'a');
  t.equal(chooseTarget(nodes, 'mem', { limit: ['a', 'c'], not: undefined }), 'a');
  t.equal(chooseTarget(nodes, 'mem', { limit: [], not: 'b' }), 'a');
  t.equal(chooseTarget(nodes, 'mem', { limit: ['b'], not: 'b' }), undefined);
  t.end();
});

void t.test('a task is requested once for one id, its arguments checked, and cancelled', async (t) => {
  const world = await UseCaseWorldOfTest.open(clusterWith());
  const { tasks } = world.useCases;
  const ask = (seconds: unknown, id?: string) =>
    world.run(
      tasks.request(world.asked(), {
        kind: 'task.probe',
        args: { seconds },
        ...(id === undefined ? {} : { id }),
      }),
    );
  t.match(await ask(5, 'mine'), { id: 'mine', asPrimary: false });
  await ask(5, 'mine');
  t.equal(await world.version('/drover/tasks/mine'), 0);
  t.match(JSON.parse((await world.text('/drover/tasks/mine')) ?? ''), { kind: 'task.probe', by: 'test' });
  await t.rejects(ask('soon'), { code: 'BAD_INPUT' });
  t.match((await ask(1)).id, /^[0-9a-f]{8}$/);
  await world.run(tasks.cancel(world.asked(), 'mine', 'enough'));
  t.match(JSON.parse((await world.text('/drover/tasks/mine/cancel')) ?? ''), { by: 'test', why: 'enough' });
  await t.rejects(world.run(tasks.cancel(world.asked(), 'none', undefined)), { code: 'NOT_FOUND' });
});
