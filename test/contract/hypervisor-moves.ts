import { randomUUID } from 'node:crypto';
import type { DomainEvent, MigrationProgress } from '../../lib/ports/index.js';
import { codeOf } from '../support/failure.js';
import { type ContractTest, type HypervisorFixture, withGuest } from './hypervisor-fixture.js';
import { lifecycleOf } from './hypervisor-life.js';

const SLOW = { bandwidthMibPerSecond: 1 };

/** Migration, and what happens while libvirtd is away. */
export function hypervisorMoves(test: ContractTest): void {
  test('a guest moves to the other node', async (t, fixture) => {
    const { hypervisor, other, migration } = fixture;
    await withGuest(fixture, async ({ uuid, name }) => {
      await hypervisor.migrate(uuid, migration);
      t.equal(await hypervisor.domain(uuid), undefined);
      t.match(await other.domain(uuid), { name, state: 'running', reason: 'migrated' });
      t.same(
        (await hypervisor.processes()).filter((process) => process.uuid === uuid),
        [],
      );
      t.equal((await other.processes()).filter((process) => process.uuid === uuid).length, 1);
      t.equal(await hypervisor.migrationProgress(uuid), undefined);
    });
  });

  test('a suspended guest stays so when it moves', async (t, fixture) => {
    const { hypervisor, other, migration } = fixture;
    await withGuest(fixture, async ({ uuid }) => {
      await hypervisor.suspend(uuid);
      await hypervisor.migrate(uuid, migration);
      t.match(await other.domain(uuid), { state: 'paused' });
    });
  });

  test('N18: on request it stays, and nothing of it is left on the other node', async (t, fixture) => {
    const { hypervisor, migration } = fixture;
    await withGuest(fixture, async ({ uuid }) => {
      const stop = new AbortController();
      const moving = codeOf(hypervisor.migrate(uuid, { ...migration, ...SLOW }, { signal: stop.signal }));
      const progress = await firstProgress(fixture, uuid);
      t.ok(progress.processedBytes <= progress.totalBytes && progress.remainingBytes > 0);
      t.equal(await codeOf(hypervisor.migrate(uuid, migration)), 'HYPERVISOR_REFUSED', 'a second one');
      stop.abort();
      t.equal(await moving, 'CANCELLED');
      await stays(t, fixture, uuid);
    });
  });

  test('N18: at its limit it stays', async (t, fixture) => {
    const { hypervisor, migration } = fixture;
    await withGuest(fixture, async ({ uuid }) => {
      const moving = hypervisor.migrate(uuid, { ...migration, ...SLOW, limitMs: 4_000 });
      t.equal(await codeOf(moving), 'DEADLINE');
      await stays(t, fixture, uuid);
    });
  });

  test('aborted by somebody else it is refused, and stays', async (t, fixture) => {
    const { hypervisor, migration } = fixture;
    await withGuest(fixture, async ({ uuid }) => {
      const moving = codeOf(hypervisor.migrate(uuid, { ...migration, ...SLOW }));
      await firstProgress(fixture, uuid);
      await hypervisor.abortMigration(uuid);
      t.equal(await moving, 'HYPERVISOR_REFUSED');
      await stays(t, fixture, uuid);
      await hypervisor.abortMigration(uuid);
    });
  });

  test('where nobody answers it cannot move', async (t, fixture) => {
    const { hypervisor, migration } = fixture;
    await withGuest(fixture, async ({ uuid }) => {
      const nowhere = { ...migration, to: 'qemu+tcp://198.18.255.254/system' };
      t.equal(await codeOf(hypervisor.migrate(uuid, nowhere)), 'HYPERVISOR_REFUSED');
      await stays(t, fixture, uuid);
    });
  });

  test('a secret of Ceph is known until libvirtd ends', async (t, fixture) => {
    const { hypervisor, guest, cephKey, stopLibvirt, startLibvirt } = fixture;
    const secret = { uuid: randomUUID(), key: await cephKey() };
    const one = await guest();
    const xml = withSecret(one.xml, secret.uuid);
    const begins = async () => {
      await hypervisor.create(xml);
      await hypervisor.destroy(one.uuid);
    };
    t.equal(await codeOf(begins()), 'HYPERVISOR_REFUSED', 'not known yet');
    t.equal(await codeOf(hypervisor.setCephSecret({ ...secret, key: 'no key' })), 'BAD_INPUT');
    t.equal(await codeOf(hypervisor.setCephSecret({ ...secret, uuid: '1' })), 'BAD_INPUT');
    t.equal(await codeOf(begins()), 'HYPERVISOR_REFUSED', 'still not');
    await hypervisor.setCephSecret(secret);
    await begins();
    await hypervisor.setCephSecret(secret);
    await begins();
    await stopLibvirt();
    t.equal(await codeOf(hypervisor.setCephSecret(secret)), 'HYPERVISOR_UNREACHABLE');
    await startLibvirt();
    t.equal(await codeOf(begins()), 'HYPERVISOR_REFUSED', 'it went with libvirtd');
    await hypervisor.setCephSecret(secret);
    await begins();
  });

  test('guests live on without libvirtd, and their processes are told', async (t, fixture) => {
    const { hypervisor, eventually, stopLibvirt, startLibvirt } = fixture;
    await withGuest(fixture, async ({ uuid, name }) => {
      const events: DomainEvent[] = [];
      const stop = new AbortController();
      const watching = hypervisor.watch((event) => events.push(event), stop.signal);
      const gaps = () => events.filter(({ kind }) => kind === 'gap').length;
      await eventually(() => gaps() === 1, 'the watch');
      await stopLibvirt();
      t.equal(await codeOf(hypervisor.domains()), 'HYPERVISOR_UNREACHABLE');
      t.equal(await codeOf(hypervisor.destroy(uuid)), 'HYPERVISOR_UNREACHABLE');
      t.equal((await hypervisor.processes()).filter((process) => process.uuid === uuid).length, 1);
      await startLibvirt();
      await eventually(() => gaps() >= 2, 'a gap');
      t.match(await hypervisor.domain(uuid), { state: 'running' });
      await hypervisor.destroy(uuid);
      await eventually(() => lifecycleOf(events, name).includes('Stopped Destroyed'), 'its event');
      stop.abort();
      await watching;
    });
  });
}

/** The domain with its disk opened by this secret. */
function withSecret(xml: string, uuid: string): string {
  return xml
    .replace(/<auth\b[^]*?<\/auth>/, '')
    .replace('<source ', `<auth username='libvirt'><secret type='ceph' uuid='${uuid}'/></auth><source `);
}

async function firstProgress(
  { hypervisor, eventually }: HypervisorFixture,
  uuid: string,
): Promise<MigrationProgress> {
  let progress: MigrationProgress | undefined;
  await eventually(async () => {
    progress = await hypervisor.migrationProgress(uuid);
    return progress !== undefined && progress.processedBytes > 0;
  }, 'the first bytes of a migration');
  return progress!;
}

async function stays(
  t: { match(found: unknown, wanted: object): unknown; same(found: unknown, wanted: unknown): unknown },
  { hypervisor, other, eventually }: HypervisorFixture,
  uuid: string,
): Promise<void> {
  t.match(await hypervisor.domain(uuid), { state: 'running' });
  await eventually(async () => (await other.domain(uuid)) === undefined, 'the end of the incoming domain');
  t.same(
    (await other.processes()).filter((process) => process.uuid === uuid),
    [],
  );
}
