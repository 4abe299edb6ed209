import t from 'tap';
import { codeOf } from '../../support/failure.js';
import { portsOn, simGround } from '../../support/sim-ground.js';

const NAME = { pool: 'vms', name: 'vm1' };

function ground() {
  const made = simGround('storage');
  const { clock, one } = made;
  return { ...made, ...portsOn(made, one), made, settle: <T>(promise: Promise<T>) => clock.settle(promise) };
}

void t.test('a cluster that hangs answers nothing, and makes no change for those who gave up', async (t) => {
  const { ceph, clock, storage, settle } = ground();
  ceph.server.hang();
  const began = clock.monotonic();
  t.equal(await settle(codeOf(storage.create(NAME, 5))), 'DEADLINE');
  t.equal(clock.monotonic() - began, 30_000);
  const patient = storage.pools({ limitMs: 60_000 });
  await clock.advance(40_000);
  ceph.server.start();
  t.equal((await settle(patient)).length, 1);
  t.equal(await settle(storage.image(NAME)), undefined);
});

void t.test('without monitors a call looks for them for a while', async (t) => {
  const { ceph, clock, storage, settle } = ground();
  ceph.server.stop();
  const began = clock.monotonic();
  t.equal(await settle(codeOf(storage.image(NAME))), 'STORAGE_UNREACHABLE');
  t.ok(clock.monotonic() - began > 10_000);
  t.equal(await settle(codeOf(storage.image(NAME, { limitMs: 5_000 }))), 'DEADLINE');
  ceph.server.start();
  t.equal(await settle(storage.image(NAME)), undefined);
});

void t.test('whoever waits learns that the cluster goes down', async (t) => {
  const { ceph, clock, storage, settle } = ground();
  await settle(storage.create(NAME, 2 ** 40));
  const copying = codeOf(storage.copy(NAME, { pool: 'vms', name: 'copy' }, { limitMs: 1e9 }));
  await clock.advance(1_000);
  ceph.server.stop();
  t.equal(await settle(copying), 'STORAGE_UNREACHABLE');
  ceph.server.start();
  t.ok(await settle(storage.image({ pool: 'vms', name: 'copy' })), 'what is there in part');
});

void t.test('a change may be made without an answer', async (t) => {
  const { ceph, storage, settle } = ground();
  ceph.server.loseNext({ applied: true });
  t.equal(await settle(storage.image(NAME)), undefined, 'a read is no change');
  t.equal(await settle(codeOf(storage.create(NAME, 5))), 'DEADLINE');
  t.equal(await settle(codeOf(storage.create(NAME, 5))), 'STORAGE_EXISTS');
});

void t.test('a call ends with its signal, and is not made', async (t) => {
  const { clock, storage, settle } = ground();
  const stop = new AbortController();
  const creating = codeOf(storage.create(NAME, 5, { signal: stop.signal }));
  stop.abort();
  t.equal(await settle(creating), 'CANCELLED');
  await clock.advance(1_000);
  t.equal(await settle(storage.image(NAME)), undefined);
});

void t.test('a killed process asks for nothing more; a stopped one hears later', async (t) => {
  const { made, clock, storage, process, two, settle } = ground();
  const other = portsOn(made, two).storage;
  const stopped = storage.create(NAME, 5);
  process.pause();
  await clock.advance(1_000);
  t.ok(await settle(other.image(NAME)));
  process.resume();
  await settle(stopped);
  void storage.create({ pool: 'vms', name: 'never' }, 5);
  process.kill();
  await clock.advance(1_000);
  t.equal(await settle(other.image({ pool: 'vms', name: 'never' })), undefined);
});

void t.test('a block ends by itself, and a blocked host may still speak to the monitors', async (t) => {
  const { clock, ceph, one, storage, settle } = ground();
  await settle(storage.create(NAME, 5));
  let lost = 0;
  const open = () => ceph.images.open(NAME, one.address, () => (lost += 1));
  open();
  await settle(storage.block(one.address, 60));
  t.equal(lost, 1);
  t.throws(open, { code: 'STORAGE_UNREACHABLE' });
  t.equal(await settle(codeOf(storage.watchers(NAME))), 'STORAGE_UNREACHABLE');
  t.same(await settle(storage.blocked()), [one.address]);
  await clock.advance(60_000);
  t.same(await settle(storage.blocked()), []);
  t.same(await settle(storage.watchers(NAME)), []);
  await settle(storage.block(one.address, 60));
  await settle(storage.unblock(one.address));
  t.ok(await settle(storage.image(NAME)));
});
