import { DroverError, isDroverError, LIMITS } from '../../core/index.js';
import type { Clock, Migration } from '../../ports/index.js';
import { refusedWith } from './failures.js';
import type { Virsh } from './virsh.js';
import { firstOf } from './wait.js';

/** Between two tries to abort: a migration that has not begun yet cannot be aborted. */
const ABORT_AGAIN_MS = 1_000;

/**
 * Migrates by `--p2p`: libvirtd itself drives it, and goes on when `virsh` dies. So ending `virsh` ends nothing: at the
 * limit the job is aborted, and `virsh` says how it went.
 */
export async function migrate(
  virsh: Virsh,
  clock: Clock,
  uuid: string,
  migration: Migration,
  signal?: AbortSignal,
): Promise<void> {
  const object = `migration of domain ${uuid}`;
  const cancelled = () =>
    new DroverError('CANCELLED', { object, reason: 'it was aborted on request' }, signal?.reason);
  if (signal?.aborted === true) throw cancelled();
  const limitMs = migration.limitMs ?? LIMITS.migrationMs;
  const downtime = String(Math.max(1, Math.round(migration.maxDowntimeMs)));
  await virsh.run(object, ['migrate-setmaxdowntime', uuid, downtime], signal === undefined ? {} : { signal });

  const hangUp = new AbortController();
  const job = virsh.run(object, words(uuid, migration), { limitMs: Infinity, signal: hangUp.signal });
  try {
    const cut = await firstOf(clock, job, limitMs, signal);
    if (cut !== 'ended' && !(await settles(virsh, clock, uuid, job))) {
      const reason = `it did not end within ${LIMITS.libvirtCallMs} ms after its abort`;
      throw new DroverError('DEADLINE', { object, reason, remedy: 'libvirt carries on: read where it runs' });
    }
    try {
      // Aborted or not: if the domain runs there after all, all is well.
      await job;
    } catch (error) {
      if (cut === 'ended' || !isDroverError(error, 'HYPERVISOR_REFUSED')) throw error;
      const late = { object, reason: `it took longer than ${limitMs} ms and was aborted` };
      throw cut === 'cancelled' ? cancelled() : new DroverError('DEADLINE', late, error);
    }
  } finally {
    hangUp.abort();
  }
}

function words(uuid: string, { to, data, bandwidthMibPerSecond }: Migration): string[] {
  const rate = bandwidthMibPerSecond === undefined ? [] : ['--bandwidth', String(bandwidthMibPerSecond)];
  const how = ['--live', '--p2p', '--auto-converge', '--abort-on-error', ...rate];
  return ['migrate', ...how, '--migrateuri', data, '--domain', uuid, '--desturi', to];
}

/** Cancels a migration. Returns when libvirt has taken note; nothing to cancel is fine. */
export async function abortMigration(
  virsh: Virsh,
  uuid: string,
  call: { signal?: AbortSignal; limitMs?: number } = {},
): Promise<void> {
  try {
    await virsh.run(`migration of domain ${uuid}`, ['domjobabort', uuid], call);
  } catch (error) {
    const none = isDroverError(error, 'NOT_FOUND') || refusedWith(error, /no job is active/);
    if (!none) throw error;
  }
}

/** Aborts until `job` has ended. False when it would not. */
async function settles(virsh: Virsh, clock: Clock, uuid: string, job: Promise<unknown>): Promise<boolean> {
  const until = clock.monotonic() + LIMITS.libvirtCallMs;
  while (clock.monotonic() < until) {
    try {
      await abortMigration(virsh, uuid, { limitMs: ABORT_AGAIN_MS * 5 });
    } catch (error) {
      // Refused when it is past the point of no return, and when libvirt is too busy: the job itself will tell.
      if (!isDroverError(error, 'HYPERVISOR_REFUSED', 'HYPERVISOR_UNREACHABLE', 'DEADLINE')) throw error;
    }
    if ((await firstOf(clock, job, ABORT_AGAIN_MS)) === 'ended') return true;
  }
  return false;
}
