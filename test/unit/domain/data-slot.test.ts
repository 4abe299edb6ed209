import t from 'tap';
import { dataSlot, opsSeen } from '../../../lib/domain/data-slot.js';
import { Operations, Runs } from '../../../lib/ownership/index.js';
import type { Store } from '../../../lib/ports/index.js';
import { documentPath, ensureFolders, readRecord } from '../../../lib/tree/index.js';
import { drivenStore } from '../../support/sim-store.js';
import { simWorld } from '../../support/sim-world.js';

const VM = '00000001-0000-4000-8000-000000000001';
const OPS = documentPath('ops', { uuid: VM });
const text = (value: object) => new TextEncoder().encode(JSON.stringify(value));

/** A store with a session key, and an operation on the VM's data that is begun under a key of its own. */
async function open(seed: string) {
  const world = simWorld(seed);
  const store: Store = drivenStore(world.clock, (await world.client('hv1')).store);
  await ensureFolders(store);
  const session = documentPath('session', { node: 'hv1' });
  await store.commit([{ op: 'create', path: session, data: new Uint8Array(), mode: 'ephemeral' }]);
  const proof = { path: session, czxid: world.service.peek(session)!.stat.czxid };
  const ground = () => ({ ...proof, session: store.session().id! });
  const runs = new Runs(store, { node: 'hv1', boot: 'b1' }, { ground, saw: () => Promise.resolve() });
  const begin = async (id: string) => {
    const path = `/drover/tasks/${id}`;
    await store.commit([{ op: 'create', path, data: text({ v: 1, id, kind: 'vm.rename', args: {} }) }]);
    const owner = `${path}/claim`;
    await store.commit([{ op: 'create', path: owner, data: new Uint8Array() }]);
    const its = { path: owner, czxid: world.service.peek(owner)!.stat.czxid };
    const request = { slot: 'data', id, operation: 'vm.rename', node: 'hv1', proof: its, now: 1 } as const;
    await new Operations(store).begin(VM, request);
    return { owner, path };
  };
  const slots = async () => (await readRecord(store, 'ops', OPS))?.value.slots ?? [];
  return { store, runs, begin, slots };
}

void t.test('a start is tied to the operations as they were looked at', async (t) => {
  const { store, runs, begin } = await open('tied');
  const take = async (seen: Awaited<ReturnType<typeof opsSeen>>) =>
    await runs.take(VM, { attempt: 'a1', seen: [seen], now: 1 });
  const none = await opsSeen(store, VM, undefined);
  t.same(none, { path: OPS, version: 0 }, 'where there is no record one is made');
  await t.rejects(opsSeen(store, VM, undefined), { code: 'STORE_CONFLICT' }, 'somebody was faster');
  await begin('t1');
  await t.rejects(take(none), { code: 'STORE_CONFLICT', message: /ops.* has changed/ });
  t.equal(await runs.read(VM), undefined, 'nobody has taken the VM');
  t.same(await opsSeen(store, VM, { path: OPS, version: 1 }), { path: OPS, version: 1 });
  t.ok(await take({ path: OPS, version: 1 }));
});

void t.test(
  'a data operation holds the VM while it lives, and after its death until its task has ended',
  async (t) => {
    const { store, begin, slots } = await open('dead');
    t.equal(await dataSlot(store, await slots()), undefined);
    const { owner, path } = await begin('t1');
    t.match(await dataSlot(store, await slots()), { id: 't1' });
    await store.commit([{ op: 'delete', path: owner, version: 0 }]);
    t.match(await dataSlot(store, await slots()), { id: 't1' }, 'another attempt will go on');
    const status = { v: 1, attempt: 1, at: 1 };
    await store.commit([
      { op: 'create', path: `${path}/status`, data: text({ ...status, state: 'running' }) },
    ]);
    t.match(await dataSlot(store, await slots()), { id: 't1' });
    await store.commit([
      { op: 'set', path: `${path}/status`, data: text({ ...status, state: 'failed' }), version: 0 },
    ]);
    t.equal(await dataSlot(store, await slots()), undefined, 'nobody goes on');
  },
);
