import t from 'tap';
import type { Store } from '../../../lib/ports/index.js';
import {
  DOCUMENT_FOLDERS,
  ensureFolders,
  readRecord,
  tryReadRecord,
  updateRecord,
  writeRecord,
} from '../../../lib/tree/index.js';
import { drivenStore } from '../../support/sim-store.js';
import { simWorld } from '../../support/sim-world.js';

const PATH = '/drover/runs/00000001-0000-4000-8000-000000000001';
const EMPTY = { epoch: 0, holders: [], edges: [] };

/** Two clients of a store with our folders. */
async function clients(seed: number) {
  const world = simWorld(seed);
  const one = (await world.client('one')).store;
  const two = (await world.client('two')).store;
  const driven = (store: typeof one): Store => drivenStore(world.clock, store);
  await ensureFolders(driven(one));
  return { world, one, two, first: driven(one), second: driven(two) };
}

/** Raises the run epoch by one. */
const raise = {
  kind: 'run',
  path: PATH,
  change: (present: { value: { epoch: number } } | undefined) => ({
    ...EMPTY,
    epoch: (present?.value.epoch ?? 0) + 1,
  }),
} as const;

void t.test('a record is made, then moved, and comes back as it stands', async (t) => {
  const { first } = await clients(1);
  t.match(await updateRecord(first, raise), { moved: true, record: { version: 0, value: { epoch: 1 } } });
  t.match(await updateRecord(first, raise), { moved: true, record: { version: 1, value: { epoch: 2 } } });
  const same = await updateRecord(first, { ...raise, change: () => undefined });
  t.match(same, { moved: false, record: { value: { epoch: 2 } } });
});

/** A store whose every commit finds that another writer was just faster, `times` times. */
function outrun(store: Store, times: number): Store {
  let left = times;
  return {
    ...store,
    commit: async (writes, options) => {
      left -= 1;
      if (left >= 0) await updateRecord(store, raise);
      return store.commit(writes, options);
    },
  };
}

void t.test('N1 N3b a writer that was faster is not overwritten: the decision is made again', async (t) => {
  const { first } = await clients(2);
  await updateRecord(first, raise);
  const seen: (number | undefined)[] = [];
  const { record } = await updateRecord(outrun(first, 2), {
    ...raise,
    change: (present) => {
      seen.push(present?.value.epoch);
      return raise.change(present);
    },
  });
  t.same(seen, [1, 2, 3]);
  t.equal(record?.value.epoch, 4);
});

void t.test('it gives up when it is never fast enough', async (t) => {
  const { first } = await clients(7);
  await t.rejects(updateRecord(outrun(first, Infinity), raise), { code: 'STORE_CONFLICT', object: PATH });
  t.ok(((await readRecord(first, 'run', PATH))?.value.epoch ?? 0) > 10);
});

void t.test(
  'after a lost reply the record is read again, whether the write was applied or not',
  async (t) => {
    for (const applied of [true, false]) {
      const { world, one, first } = await clients(3);
      await updateRecord(first, raise);
      world.service.loseNextReply(one, { applied });
      const outcome = await updateRecord(first, {
        ...raise,
        change: (present) => (present?.value.epoch === 2 ? undefined : raise.change(present)),
      });
      t.match(outcome, { moved: true, record: { version: 1, value: { epoch: 2 } } });
    }
  },
);

void t.test('nothing is concluded from a stale read, neither "done" nor a refusal', async (t) => {
  const { world, two, first, second } = await clients(4);
  await updateRecord(first, raise);
  await second.sync();
  world.service.lag(two, Infinity);
  await updateRecord(first, raise);
  t.equal((await readRecord(second, 'run', PATH))?.value.epoch, 1, 'a plain read is stale');
  const { record } = await updateRecord(second, {
    ...raise,
    change: (present) => (present?.value.epoch === 1 ? undefined : raise.change(present)),
  });
  t.equal(record?.value.epoch, 3);
});

void t.test('a guard that has moved is final and named', async (t) => {
  const { first } = await clients(5);
  await first.commit([{ op: 'create', path: '/wish', data: new Uint8Array() }]);
  const guards = [{ op: 'check', path: '/wish', version: 1 }] as const;
  await t.rejects(updateRecord(first, { ...raise, guards }), { code: 'STORE_CONFLICT', object: '/wish' });
  t.equal(await readRecord(first, 'run', PATH), undefined);
});

void t.test('a folder that is missing is said at once', async (t) => {
  const { first } = await clients(6);
  await first.commit([{ op: 'delete', path: '/drover/runs', version: 0 }]);
  let decisions = 0;
  const update = updateRecord(first, {
    ...raise,
    change: () => {
      decisions += 1;
      return EMPTY;
    },
  });
  await t.rejects(update, { code: 'STORE_CONFLICT', object: PATH });
  t.equal(decisions, 1);
  await ensureFolders(first);
  t.match(await updateRecord(first, raise), { record: { value: { epoch: 1 } } });
});

void t.test('garbage is an error that names the key, or a problem for who asks for it', async (t) => {
  const { first } = await clients(8);
  await first.commit([{ op: 'create', path: PATH, data: new TextEncoder().encode('rubbish') }]);
  await t.rejects(readRecord(first, 'run', PATH), { code: 'TREE_UNREADABLE', object: PATH });
  await t.rejects(updateRecord(first, raise), { code: 'TREE_UNREADABLE', object: PATH });
  const record = await tryReadRecord(first, 'run', PATH);
  t.match(record, { path: PATH, version: 0, problem: { path: PATH } });
  await first.commit([writeRecord('run', PATH, EMPTY, record)]);
  t.match(await readRecord(first, 'run', PATH), { value: { epoch: 0 }, version: 1 });
});

void t.test('the folders are made once, whoever else is at it, and again when one is lost', async (t) => {
  const world = simWorld(9);
  const stores = await Promise.all(['a', 'b', 'c'].map((name) => world.client(name)));
  await world.settle(Promise.all(stores.map(({ store }) => ensureFolders(store))));
  for (const path of DOCUMENT_FOLDERS) t.equal(world.service.peek(path)?.stat.version, 0, path);
  const [{ store } = { store: undefined }] = stores;
  await world.settle(store!.commit([{ op: 'delete', path: '/drover/census', version: 0 }]));
  await world.settle(Promise.all(stores.map((one) => ensureFolders(one.store))));
  t.ok(world.service.peek('/drover/census'));
});
