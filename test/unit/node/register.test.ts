import t from 'tap';
import { isRegistered, registerNode } from '../../../lib/node/register.js';
import { drivenStore } from '../../support/sim-store.js';
import { simWorld } from '../../support/sim-world.js';

void t.test('N3e: a tree of which any key is deleted is put there again', async (t) => {
  const world = simWorld('registered');
  const store = drivenStore(world.clock, (await world.client('hv1')).store);
  const registration = {
    node: 'hv1',
    coordinator: true,
    clusterName: 'east',
    kind: { cpus: 2, arch: 'x86_64', os: 'Linux', kernel: '6.1' },
    now: 0,
  };
  t.equal(await isRegistered(store, 'hv1'), false, 'nothing is there');
  await registerNode(store, registration);
  t.equal(await isRegistered(store, 'hv1'), true);
  t.equal(await isRegistered(store, 'hv2'), false, 'another node is not');
  for (const path of ['/nodes/hv1/activeschema', '/nodes/hv1/latestschema'])
    t.equal(Buffer.from((await store.read(path))?.data ?? []).toString(), '15', path);

  const leaves: string[] = [];
  const walk = async (path: string): Promise<void> => {
    const names = (await store.children(path))?.names ?? [];
    if (names.length === 0) leaves.push(path);
    // ZooKeeper's own stays out of it.
    for (const name of names.filter((one) => one !== 'zookeeper'))
      await walk(`${path === '/' ? '' : path}/${name}`);
  };
  await walk('/');
  t.ok(leaves.length > 30 && leaves.includes('/domains') && leaves.includes('/nodes/hv1/sriov/pf'));
  for (const path of leaves) {
    const version = (await store.read(path))!.stat.version;
    await store.commit([{ op: 'delete', path, version }]);
    t.equal(await isRegistered(store, 'hv1'), false, path);
    await registerNode(store, registration);
    t.equal(await isRegistered(store, 'hv1'), true, `${path} is there again`);
  }
});
