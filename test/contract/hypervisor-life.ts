import type { DomainEvent } from '../../lib/ports/index.js';
import { codeOf } from '../support/failure.js';
import { type ContractTest, DISK_BYTES, NOBODY, withGuest } from './hypervisor-fixture.js';

const RNG = `<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>`;

/** The life of a domain on one node. */
export function hypervisorLife(test: ContractTest): void {
  test('a domain from its creation to its end', async (t, { hypervisor, guest }) => {
    const { uuid, name, xml } = await guest();
    t.equal(await hypervisor.domain(uuid), undefined);
    t.equal(await hypervisor.liveXml(uuid), undefined);
    await hypervisor.create(xml);
    t.match(await hypervisor.domain(uuid), { uuid, name, state: 'running', reason: 'booted' });
    t.match(await hypervisor.liveXml(uuid), `<uuid>${uuid}</uuid>`);
    const processes = (await hypervisor.processes()).filter((process) => process.uuid === uuid);
    t.equal(processes.length, 1);
    t.equal(await codeOf(hypervisor.create(xml)), 'HYPERVISOR_REFUSED', 'a second one');
    t.equal((await hypervisor.processes()).filter((process) => process.uuid === uuid).length, 1);
    await hypervisor.destroy(uuid);
    t.equal(await hypervisor.domain(uuid), undefined);
    t.same(
      (await hypervisor.processes()).filter((process) => process.uuid === uuid),
      [],
    );
    await hypervisor.destroy(uuid);
  });

  test('what cannot start is refused, and leaves nothing', async (t, { hypervisor, guest }) => {
    const { uuid, xml } = await guest();
    t.equal(await codeOf(hypervisor.create('<domain')), 'HYPERVISOR_REFUSED');
    t.equal(await codeOf(hypervisor.create('')), 'HYPERVISOR_REFUSED');
    const noDisk = xml.replace(/(protocol='rbd' name='[^']*)'/, "$1-missing'");
    t.equal(await codeOf(hypervisor.create(noDisk)), 'HYPERVISOR_REFUSED');
    t.equal(await hypervisor.domain(uuid), undefined);
    t.same(
      (await hypervisor.processes()).filter((process) => process.uuid === uuid),
      [],
    );
  });

  test('a domain that is not there', async (t, { hypervisor, migration }) => {
    for (const call of [
      () => hypervisor.shutdown(NOBODY),
      () => hypervisor.suspend(NOBODY),
      () => hypervisor.resume(NOBODY),
      () => hypervisor.freeze(NOBODY),
      () => hypervisor.thaw(NOBODY),
      () => hypervisor.resizeDisk(NOBODY, 'vda', DISK_BYTES),
      () => hypervisor.attach(NOBODY, RNG),
      () => hypervisor.detach(NOBODY, RNG),
      () => hypervisor.migrate(NOBODY, migration),
    ])
      t.equal(await codeOf(call()), 'NOT_FOUND', String(call));
    await hypervisor.destroy(NOBODY);
    await hypervisor.abortMigration(NOBODY);
    t.equal(await hypervisor.migrationProgress(NOBODY), undefined);
    t.equal(await codeOf(hypervisor.destroy('1')), 'BAD_INPUT');
  });

  test('suspended and resumed, once or twice', async (t, fixture) => {
    const { hypervisor } = fixture;
    await withGuest(fixture, async ({ uuid }) => {
      await hypervisor.suspend(uuid);
      await hypervisor.suspend(uuid);
      t.match(await hypervisor.domain(uuid), { state: 'paused', reason: 'user' });
      await hypervisor.resume(uuid);
      await hypervisor.resume(uuid);
      t.match(await hypervisor.domain(uuid), { state: 'running', reason: 'unpaused' });
    });
  });

  test('its disk grows, and never shrinks', async (t, fixture) => {
    const { hypervisor } = fixture;
    await withGuest(fixture, async ({ uuid }) => {
      await hypervisor.resizeDisk(uuid, 'vda', DISK_BYTES * 2);
      await hypervisor.resizeDisk(uuid, 'vda', DISK_BYTES * 2);
      t.equal(await codeOf(hypervisor.resizeDisk(uuid, 'vda', DISK_BYTES)), 'REFUSED');
      t.equal(await codeOf(hypervisor.resizeDisk(uuid, 'vdq', DISK_BYTES)), 'HYPERVISOR_REFUSED');
      t.equal(await codeOf(hypervisor.resizeDisk(uuid, 'vda', 0)), 'BAD_INPUT');
      // Still so after all that.
      t.equal(await codeOf(hypervisor.resizeDisk(uuid, 'vda', DISK_BYTES * 2 - 512)), 'REFUSED');
    });
  });

  test('a device comes and goes while it runs', async (t, fixture) => {
    const { hypervisor, booted, eventually } = fixture;
    await withGuest(fixture, async (guest) => {
      await booted(guest);
      const has = async () => (await hypervisor.liveXml(guest.uuid))?.includes('<rng') ?? false;
      t.equal(await codeOf(hypervisor.attach(guest.uuid, '<rng')), 'HYPERVISOR_REFUSED');
      t.equal(await codeOf(hypervisor.detach(guest.uuid, RNG)), 'HYPERVISOR_REFUSED', 'it has none');
      await hypervisor.attach(guest.uuid, RNG);
      t.ok(await has());
      await hypervisor.detach(guest.uuid, RNG);
      await eventually(async () => !(await has()), 'the guest to give it up');
    });
  });

  test('its figures', async (t, fixture) => {
    await withGuest(fixture, async ({ uuid, name }) => {
      const [stats] = (await fixture.hypervisor.stats()).filter((one) => one.uuid === uuid);
      t.match(stats, { uuid, name, state: 'running', vcpus: 1, disks: [{ target: 'vda' }] });
      t.equal(stats?.memory.maxKib, 96 * 1024);
    });
  });

  test('a booted guest freezes, thaws and obeys its power button', async (t, fixture) => {
    const { hypervisor, booted, eventually } = fixture;
    await withGuest(fixture, async (guest) => {
      await booted(guest);
      t.equal(await hypervisor.freeze(guest.uuid), 1);
      t.equal(await codeOf(hypervisor.freeze(guest.uuid)), 'HYPERVISOR_REFUSED');
      await hypervisor.thaw(guest.uuid);
      await hypervisor.thaw(guest.uuid);
      const events: DomainEvent[] = [];
      const stop = new AbortController();
      const watching = hypervisor.watch((event) => events.push(event), stop.signal);
      await eventually(() => events.some(({ kind }) => kind === 'gap'), 'the watch');
      await hypervisor.shutdown(guest.uuid);
      await eventually(async () => (await hypervisor.domain(guest.uuid)) === undefined, 'its end');
      await eventually(() => lifecycleOf(events, guest.name).includes('Stopped Shutdown'), 'its event');
      stop.abort();
      await watching;
    });
  });

  test('a killed QEMU is gone from both lists, and can start anew', async (t, fixture) => {
    const { hypervisor, kill, eventually } = fixture;
    await withGuest(fixture, async (guest) => {
      await kill(guest);
      await eventually(async () => (await hypervisor.domain(guest.uuid)) === undefined, 'its end');
      t.same(
        (await hypervisor.processes()).filter(({ uuid }) => uuid === guest.uuid),
        [],
      );
      await hypervisor.create(guest.xml);
      t.match(await hypervisor.domain(guest.uuid), { state: 'running' });
    });
  });

  test('a QEMU that hangs is said to run, and can be destroyed', async (t, fixture) => {
    const { hypervisor, hang } = fixture;
    await withGuest(fixture, async (guest) => {
      await hang(guest);
      t.match(await hypervisor.domain(guest.uuid), { state: 'running' });
      const code = await codeOf(hypervisor.freeze(guest.uuid));
      t.ok(['HYPERVISOR_REFUSED', 'DEADLINE'].includes(code), code);
      await hypervisor.destroy(guest.uuid);
      t.equal(await hypervisor.domain(guest.uuid), undefined);
      t.same(
        (await hypervisor.processes()).filter(({ uuid }) => uuid === guest.uuid),
        [],
      );
    });
  });
}

export function lifecycleOf(events: readonly DomainEvent[], name: string): string[] {
  return events.flatMap((event) => (event.kind === 'lifecycle' && event.name === name ? [event.text] : []));
}
