import { randomBytes } from 'node:crypto';
import type { Test } from 'tap';
import type { ImageName, Storage } from '../../lib/ports/index.js';
import { codeOf } from '../support/failure.js';

/** What an implementation of Storage brings along to be tested. All tests of a run share one. */
export interface StorageFixture {
  readonly storage: Storage;
  readonly pool: string;
  /** The same cluster as a client on another host has it, and that host's address. */
  readonly other: { readonly storage: Storage; readonly address: string };
  /** Opens an image as a client that lasts, until one of the two ends. */
  readonly open: (name: ImageName) => Promise<OpenedImage>;
  /** Waits for `condition`; fails naming `what` after a deadline. */
  readonly eventually: (condition: () => Promise<boolean>, what: string) => Promise<void>;
}

export interface OpenedImage {
  /** In good order. */
  close(): Promise<void>;
  /** Killed. */
  kill(): Promise<void>;
}

const MIB = 1024 ** 2;
/** An address of nobody, for entries that must hit nobody. */
const NOBODY = '198.18.255.254';

/** What every Storage does, the real one and the simulated one alike. */
export function storageContract(t: Test, make: () => Promise<StorageFixture>): void {
  let fixture: StorageFixture | undefined;
  const test = (title: string, body: (t: Test, f: StorageFixture) => Promise<void>) =>
    void t.test(title, async (t) => {
      fixture ??= await make();
      await body(t, fixture);
    });
  /** A name in the pool that nothing has yet. */
  const fresh = () => ({ pool: fixture?.pool ?? '', name: `image-${randomBytes(4).toString('hex')}` });

  test('an image is created once, with an id of its own', async (t, { storage, pool }) => {
    const name = fresh();
    t.equal(await storage.image(name), undefined);
    await storage.create(name, 16 * MIB);
    const image = await storage.image(name);
    t.match(image, { id: /^[0-9a-f]+$/, bytes: 16 * MIB, flags: [] });
    t.same(image?.features, ['layering', 'exclusive-lock', 'object-map', 'fast-diff', 'deep-flatten']);
    t.match(JSON.parse(image?.info ?? ''), { name: name.name, id: image?.id, size: 16 * MIB });
    t.ok((await storage.images(pool)).includes(name.name));
    t.equal(await codeOf(storage.create(name, 32 * MIB)), 'STORAGE_EXISTS');
    t.same(await storage.image(name), image, 'the first is untouched');
  });

  test('names are taken as they are', async (t, { storage, pool }) => {
    const odd = ['007', 'a.b-c', 'ünï', 'a b', '-dash', '1e3'].map((part) => `${part}~${fresh().name}`);
    for (const name of odd) {
      await storage.create({ pool, name }, MIB);
      t.match(JSON.parse((await storage.image({ pool, name }))?.info ?? ''), { name }, name);
    }
    const listed = await storage.images(pool);
    t.same(
      odd.filter((name) => !listed.includes(name)),
      [],
    );
  });

  test('what is no name, size or address is refused before anything is done', async (t, {
    storage,
    pool,
  }) => {
    for (const name of ['', 'a/b', 'a@b', 'a\nb'])
      t.equal(await codeOf(storage.image({ pool, name })), 'BAD_INPUT', JSON.stringify(name));
    for (const bytes of [0, -1, 1.5]) t.equal(await codeOf(storage.create(fresh(), bytes)), 'BAD_INPUT');
    for (const address of ['', 'host', '--help', '198.18.1.1/24'])
      t.equal(await codeOf(storage.block(address, 60)), 'BAD_INPUT', address);
    t.equal(await codeOf(storage.block(NOBODY, 0)), 'BAD_INPUT');
  });

  test('a missing pool is not an empty one, nor one with the image missing', async (t, { storage }) => {
    const pool = 'no-such-pool';
    t.equal(await codeOf(storage.images(pool)), 'NOT_FOUND');
    t.equal(await codeOf(storage.image({ pool, name: 'a' })), 'NOT_FOUND');
    t.equal(await codeOf(storage.trashed(pool)), 'NOT_FOUND');
  });

  test('it grows and never shrinks', async (t, { storage }) => {
    const name = fresh();
    await storage.create(name, 16 * MIB);
    await storage.grow(name, 16 * MIB + 1);
    await storage.grow(name, 16 * MIB + 1);
    t.equal(await codeOf(storage.grow(name, 16 * MIB)), 'STORAGE_REFUSED');
    t.equal((await storage.image(name))?.bytes, 16 * MIB + 1);
    t.equal(await codeOf(storage.grow(fresh(), MIB)), 'NOT_FOUND');
  });

  test('renamed it is the same image, and takes nobody else’s name', async (t, { storage, pool }) => {
    const [one, other, third] = [fresh(), fresh(), fresh()];
    await storage.create(one, MIB);
    await storage.create(other, MIB);
    const image = await storage.image(one);
    await storage.rename(pool, one.name, third.name);
    t.equal((await storage.image(third))?.id, image?.id);
    t.equal(await storage.image(one), undefined);
    t.equal(await codeOf(storage.rename(pool, third.name, other.name)), 'STORAGE_EXISTS');
    t.equal(await codeOf(storage.rename(pool, one.name, fresh().name)), 'NOT_FOUND');
  });

  test('a copy is another image of the same size', async (t, { storage }) => {
    const [from, to] = [fresh(), fresh()];
    await storage.create(from, 8 * MIB);
    await storage.copy(from, to);
    const [source, copy] = [await storage.image(from), await storage.image(to)];
    t.equal(copy?.bytes, 8 * MIB);
    t.not(copy?.id, source?.id);
    t.equal(await codeOf(storage.copy(from, to)), 'STORAGE_EXISTS');
    t.equal(await codeOf(storage.copy(fresh(), fresh())), 'NOT_FOUND');
  });

  test('from the trash it comes back as the same image', async (t, { storage, pool }) => {
    const name = fresh();
    await storage.create(name, MIB);
    const image = await storage.image(name);
    const id = await storage.trash(name, 3600);
    t.equal(id, image?.id);
    t.equal(await storage.image(name), undefined);
    t.notOk((await storage.images(pool)).includes(name.name));
    const [trashed] = (await storage.trashed(pool)).filter((one) => one.id === id);
    t.equal(trashed?.name, name.name);
    t.match(trashed?.until, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

    await storage.create(name, MIB);
    t.equal(await codeOf(storage.restore(pool, id)), 'STORAGE_EXISTS');
    await storage.rename(pool, name.name, fresh().name);
    await storage.restore(pool, id);
    t.equal((await storage.image(name))?.id, id);
    t.equal(await codeOf(storage.restore(pool, id)), 'NOT_FOUND');
    t.equal(await codeOf(storage.trash(fresh(), 60)), 'NOT_FOUND');
  });

  test('into the trash goes the image that is meant, and out of it for good only unprotected', async (t, {
    storage,
    pool,
  }) => {
    const name = fresh();
    await storage.create(name, MIB);
    const image = await storage.image(name);
    t.equal(await codeOf(storage.trash(name, 3600, { id: 'abc' })), 'STORAGE_REFUSED');
    t.equal((await storage.image(name))?.id, image?.id, 'it is where it was');
    const id = await storage.trash(name, 3600, { id: image?.id ?? '' });
    t.equal(await codeOf(storage.purge(pool, id)), 'STORAGE_REFUSED');
    t.ok((await storage.trashed(pool)).some((one) => one.id === id));
    await storage.purge(pool, id, { early: true });
    t.notOk((await storage.trashed(pool)).some((one) => one.id === id));
    await storage.purge(pool, id);
    t.equal(await codeOf(storage.purge('no-such-pool', id)), 'NOT_FOUND');
  });

  test('a snapshot is meant by its id, and an image goes back to it', async (t, { storage }) => {
    const name = fresh();
    await storage.create(name, 8 * MIB);
    t.same(await storage.snapshots(name), []);
    await storage.takeSnapshot(name, 'a.b-c');
    t.equal(await codeOf(storage.takeSnapshot(name, 'a.b-c')), 'STORAGE_EXISTS');
    await storage.grow(name, 16 * MIB);
    await storage.takeSnapshot(name, 'later');
    const [first, second] = await storage.snapshots(name);
    t.match(
      [first, second],
      [
        { name: 'a.b-c', bytes: 8 * MIB },
        { name: 'later', bytes: 16 * MIB },
      ],
    );
    const [id = '', other = ''] = [first?.id, second?.id];
    t.equal(await codeOf(storage.rollBack(name, 'a.b-c', other)), 'STORAGE_REFUSED');
    t.equal(await codeOf(storage.rollBack(name, 'none', other)), 'NOT_FOUND');
    t.equal((await storage.image(name))?.bytes, 16 * MIB, 'it is what it was');
    await storage.rollBack(name, 'a.b-c', id);
    t.equal((await storage.image(name))?.bytes, 8 * MIB);
    t.equal(await codeOf(storage.renameSnapshot(name, 'a.b-c', 'later', id)), 'STORAGE_EXISTS');
    t.equal(await codeOf(storage.renameSnapshot(name, 'a.b-c', 'new', other)), 'STORAGE_REFUSED');
    t.equal(await codeOf(storage.renameSnapshot(name, 'none', 'new', id)), 'NOT_FOUND');
    await storage.renameSnapshot(name, 'a.b-c', 'new', id);
    t.match(await storage.snapshots(name), [{ name: 'new', id }, { name: 'later' }]);
    await storage.renameSnapshot(name, 'new', 'a.b-c', id);
    await storage.dropSnapshot(name, 'a.b-c', other);
    t.match(await storage.snapshots(name), [
      { name: 'a.b-c', id },
      { name: 'later', id: other },
    ]);
    await storage.dropSnapshot(name, 'a.b-c', id);
    await storage.dropSnapshot(name, 'a.b-c', id);
    t.match(await storage.snapshots(name), [{ name: 'later' }]);
    t.equal(await codeOf(storage.snapshots(fresh())), 'NOT_FOUND');
    t.equal(await codeOf(storage.takeSnapshot(name, 'a@b')), 'BAD_INPUT');
  });

  test('N14: who has it open is told, and nobody can throw it away', async (t, {
    storage,
    open,
    eventually,
  }) => {
    const name = fresh();
    await storage.create(name, MIB);
    t.same(await storage.watchers(name), []);
    const opened = await open(name);
    const [watcher, ...more] = await storage.watchers(name);
    t.match(watcher, { address: /^[\d.]+:\d+\/\d+$/, client: /^\d+$/, cookie: /^\d+$/ });
    t.same(more, []);
    t.equal(await codeOf(storage.trash(name, 60)), 'STORAGE_REFUSED');
    t.ok(await storage.image(name), 'it is where it was');
    await opened.close();
    await eventually(async () => (await storage.watchers(name)).length === 0, 'the end of the watcher');
    t.equal(await codeOf(storage.watchers(fresh())), 'NOT_FOUND');
  });

  test('a killed client is a watcher until it is blocked', async (t, { storage, open, eventually }) => {
    const name = fresh();
    await storage.create(name, MIB);
    const opened = await open(name);
    await opened.kill();
    const [watcher] = await storage.watchers(name);
    t.ok(watcher, 'Ceph has not learnt of its death');
    const address = watcher?.address ?? '';
    await storage.block(address, 60);
    t.ok((await storage.blocked()).includes(address));
    await eventually(async () => (await storage.watchers(name)).length === 0, 'the end of the watcher');
    await storage.unblock(address);
  });

  test('the blocklist holds each entry once, and gives it back as it was', async (t, { storage }) => {
    const entries = [NOBODY, `${NOBODY}:0/4711`, `[fd00::17]:0/4711`];
    for (const entry of [...entries, ...entries]) await storage.block(entry, 60);
    t.same((await storage.blocked()).filter((entry) => entries.includes(entry)).sort(), [...entries].sort());
    for (const entry of [...entries, ...entries]) await storage.unblock(entry);
    t.same(
      (await storage.blocked()).filter((entry) => entries.includes(entry)),
      [],
    );
  });

  test('a blocked host has no storage: every client of it, new ones too', async (t, { storage, other }) => {
    const name = fresh();
    await storage.create(name, MIB);
    t.ok(await other.storage.image(name));
    await storage.block(other.address, 60);
    t.equal(await codeOf(other.storage.image(name)), 'STORAGE_UNREACHABLE');
    t.equal(await codeOf(other.storage.create(fresh(), MIB)), 'STORAGE_UNREACHABLE');
    await storage.unblock(other.address);
    t.ok(await other.storage.image(name));
  });

  test('pools and the report', async (t, { storage, pool }) => {
    const [its] = (await storage.pools()).filter(({ name }) => name === pool);
    t.ok(its !== undefined && its.usedFraction >= 0 && its.usedFraction < 1 && its.freeBytes > 0);
    const { status, usage, health } = await storage.report();
    t.match(JSON.parse(health), { status: /^HEALTH_/ });
    t.match(status, /cluster:/);
    t.match(usage, /RAW STORAGE/);
  });

  test('a call that nobody wants any more ends as cancelled', async (t, { storage }) => {
    const error = codeOf(storage.image(fresh(), { signal: AbortSignal.abort() }));
    t.equal(await error, 'CANCELLED');
  });
}
