import t from 'tap';
import { DroverError } from '../../../lib/core/index.js';
import { Operations, type Proof, Runs } from '../../../lib/ownership/index.js';
import type { Store } from '../../../lib/ports/index.js';
import { documentPath, ensureFolders, readRecord } from '../../../lib/tree/index.js';
import { drivenStore } from '../../support/sim-store.js';
import { simWorld } from '../../support/sim-world.js';

const VM = '00000001-0000-4000-8000-000000000001';
const GONE = { gone: 'process', domain: 'absent', process: 'absent' } as const;

/** A node with a session key, and what it puts on its disk. */
async function node(world: ReturnType<typeof simWorld>, name: string) {
  const client = (await world.client(name)).store;
  const store: Store = drivenStore(world.clock, client);
  await ensureFolders(store);
  const path = documentPath('session', { node: name });
  await store.commit([{ op: 'create', path, data: new Uint8Array(), mode: 'ephemeral' }]);
  const czxid = world.service.peek(path)!.stat.czxid;
  const proof: Proof = { path, czxid, session: client.session().id! };
  const disk: bigint[] = [];
  const trust = {
    trusted: true,
    ground: () => {
      if (trust.trusted) return proof;
      throw new DroverError('QUARANTINE', { object: name, reason: 'a test' });
    },
    saw: (zxid: bigint) => Promise.resolve(void disk.push(zxid)),
  };
  const runs = new Runs(store, { node: name, boot: `boot-of-${name}` }, trust);
  return { client, store, proof, disk, trust, runs, operations: new Operations(store) };
}

const start = (attempt: string) => ({ attempt, seen: [], now: 1 });

void t.test('N14 of two nodes that take a VM at once exactly one gets it', async (t) => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const world = simWorld(seed, { lagMs: [0, 200] });
    const nodes = [await node(world, 'hv1'), await node(world, 'hv2')];
    const ends = await Promise.allSettled(nodes.map(({ runs }, index) => runs.take(VM, start(`a${index}`))));
    t.equal(ends.filter(({ status }) => status === 'fulfilled').length, 1, `seed ${seed}`);
    const [refused] = ends.filter((end) => end.status === 'rejected');
    t.match(refused?.reason, { code: 'HELD' });
  }
});

void t.test('it is on the disk before it is told, and a lost reply makes no second start', async (t) => {
  const world = simWorld(30);
  const { client, runs, disk } = await node(world, 'hv1');
  world.service.loseNextReply(client, { applied: true });
  const record = await runs.take(VM, start('a1'));
  t.match(record.value, { epoch: 1, holders: [{ node: 'hv1', attempt: 'a1' }] });
  t.same(disk, [record.stat.mzxid]);
});

void t.test(
  'N3b the wish, the definition, the role: whatever has moved since refuses the start',
  async (t) => {
    const world = simWorld(31);
    const { runs, store } = await node(world, 'hv1');
    await store.commit([{ op: 'create', path: '/state', data: new Uint8Array() }]);
    const seen = [{ path: '/state', version: 0 }];
    await store.commit([{ op: 'set', path: '/state', data: new Uint8Array(1), version: 0 }]);
    const refused = { code: 'STORE_CONFLICT', object: `VM ${VM}`, message: /\/state has changed/ };
    await t.rejects(runs.take(VM, { ...start('a1'), seen }), refused);
    t.equal(await runs.read(VM), undefined);
  },
);

void t.test('N3d nothing is taken in quarantine, nor by a session that is over', async (t) => {
  const world = simWorld(32);
  const { runs, client, store, trust } = await node(world, 'hv1');
  trust.trusted = false;
  await t.rejects(runs.take(VM, start('a1')), { code: 'QUARANTINE' });
  trust.trusted = true;
  world.service.expire(client);
  await world.clock.runUntil(
    () => client.session().state === 'connected' && client.session().id !== undefined,
  );
  await world.clock.advance(5_000);
  await t.rejects(runs.take(VM, start('a1')), { code: 'STORE_SESSION_LOST' });
  t.equal(await readRecord(store, 'run', documentPath('run', { uuid: VM })), undefined);
});

void t.test(
  'a migration moves the VM from one node to the other, never with nobody holding it',
  async (t) => {
    const world = simWorld(33);
    const source = await node(world, 'hv1');
    const target = await node(world, 'hv2');
    await source.runs.take(VM, start('a1'));
    const migration = { source: 'hv1', attempt: 'm1', seen: [], now: 2 };
    t.equal((await target.runs.join(VM, migration)).value.holders.length, 2);
    t.equal(target.disk.length, 1);
    await t.rejects(target.runs.arrive(VM), { code: 'HELD' });
    await source.runs.leave(VM, GONE);
    t.match((await target.runs.arrive(VM)).value, { epoch: 1, holders: [{ node: 'hv2', role: 'run' }] });
    await source.runs.leave(VM, GONE);
    t.match((await target.runs.read(VM))?.value.holders, [{ node: 'hv2' }], 'leaving again is fine');
  },
);

void t.test('N5 a fenced node leaves only with the confirmation that was read', async (t) => {
  const world = simWorld(34);
  const { runs } = await node(world, 'hv1');
  const leader = await node(world, 'hv2');
  await runs.take(VM, start('a1'));
  await leader.store.commit([{ op: 'create', path: '/drover/fences/hv1', data: new Uint8Array() }]);
  const confirmation = { path: '/drover/fences/hv1', version: 1 };
  await t.rejects(leader.runs.leaveFenced(VM, 'hv1', confirmation), { code: 'STORE_CONFLICT' });
  await leader.runs.leaveFenced(VM, 'hv1', { ...confirmation, version: 0 });
  t.same((await leader.runs.read(VM))?.value.holders, []);
});

const request = (id: string, name: string, proof: Proof) =>
  ({ slot: 'data', id, operation: 'vm.rollback_snapshot', node: name, proof, now: 1 }) as const;

void t.test('M42 an operation has its VM alone until it ends', async (t) => {
  const world = simWorld(40);
  const one = await node(world, 'hv1');
  const two = await node(world, 'hv2');
  const operation = await one.operations.begin(VM, request('t1', 'hv1', one.proof));
  await t.rejects(two.operations.begin(VM, request('t2', 'hv2', two.proof)), {
    code: 'BUSY',
    message: /hv1/,
  });
  await operation.end();
  await operation.end();
  t.same((await two.operations.begin(VM, request('t2', 'hv2', two.proof))).inherited, []);
});

void t.test('M42 a dead owner’s place is taken and handed on, also over a lost reply', async (t) => {
  for (const lost of [false, true]) {
    const world = simWorld(41);
    const one = await node(world, 'hv1');
    const two = await node(world, 'hv2');
    await one.operations.begin(VM, request('t1', 'hv1', one.proof));
    world.service.expire(one.client);
    if (lost) world.service.loseNextReply(two.client, { applied: true });
    const { inherited } = await two.operations.begin(VM, request('t2', 'hv2', two.proof));
    t.match(inherited, [{ id: 't1', node: 'hv1' }], `lost reply: ${lost}`);
  }
});

void t.test('an owner whose key was made anew is another one', async (t) => {
  const world = simWorld(42);
  const one = await node(world, 'hv1');
  const two = await node(world, 'hv2');
  await one.operations.begin(VM, request('t1', 'hv1', one.proof));
  const { path } = one.proof;
  await one.store.commit([
    { op: 'delete', path, version: 0 },
    { op: 'create', path, data: new Uint8Array(), mode: 'ephemeral' },
  ]);
  const { inherited } = await two.operations.begin(VM, request('t2', 'hv2', two.proof));
  t.match(inherited, [{ id: 't1' }]);
});
