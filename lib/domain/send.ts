import { DroverError, LIMITS, messageOf } from '../core/index.js';
import type { MigrationProgress } from '../ports/index.js';
import { keyPath } from '../tree/index.js';
import type { Wish } from './facts.js';
import type { VmStepContext, VmWorld } from './world.js';

/** Between two looks at a migration: of its progress, and of the end of one that another daemon began, nobody tells. */
const LOOK_MS = 1_000;

/** Why a migration is given up: somebody wishes something else by now, or it comes to nothing. */
type Verdict = { readonly kind: 'newer wish' } | { readonly kind: 'futile'; readonly error: DroverError };

/**
 * Sends the running VM to `target`. One that is under way already, since the daemon that began it has died, is followed
 * to its end: libvirt drives it. Given up at a newer wish, without progress, and when it takes too long.
 */
export async function send(world: VmWorld, target: string, context: VmStepContext): Promise<void> {
  const { facts, past, signal } = context;
  const { wish, uuid } = facts;
  if (wish === undefined) return;
  const { hypervisor } = world;
  const underWay = (await hypervisor.migrationProgress(uuid, { signal })) !== undefined;
  past.endedByUs();
  const failed = (error: unknown) => {
    past.migrationFailed(wish.state.mzxid, messageOf(error));
    world.log.warn({ vm: uuid, err: error, target }, 'a live migration failed');
  };
  if (underWay) {
    const verdict = await follow(world, uuid, wish, signal);
    if (verdict === undefined) return;
    await hypervisor.abortMigration(uuid, { signal });
    if (verdict.kind === 'futile') failed(verdict.error);
    return;
  }
  const [givenUp, over] = [new AbortController(), new AbortController()];
  let verdict: Verdict | undefined;
  const judge = watchOver(world, uuid, wish, AbortSignal.any([signal, over.signal])).then(
    (found) => {
      verdict = found;
      givenUp.abort();
    },
    // It is over, or the daemon ends: nobody needs a judge any more.
    () => undefined,
  );
  try {
    const { to, data } = world.migrationTo(target);
    const how = { to, data, maxDowntimeMs: wish.maxDowntimeMs };
    await hypervisor.migrate(uuid, how, { signal: AbortSignal.any([signal, givenUp.signal]) });
  } catch (error) {
    signal.throwIfAborted();
    if (verdict?.kind !== 'newer wish') failed(verdict?.error ?? error);
  } finally {
    over.abort();
    await judge;
  }
}

/** Until the migration is over, or is to be given up. */
async function follow(
  world: VmWorld,
  uuid: string,
  wish: Wish,
  signal: AbortSignal,
): Promise<Verdict | undefined> {
  const over = new AbortController();
  const ended = { is: false };
  const end = () => {
    ended.is = true;
    over.abort();
  };
  try {
    return await watchOver(world, uuid, wish, AbortSignal.any([signal, over.signal]), end);
  } catch (error) {
    signal.throwIfAborted();
    if (ended.is) return undefined;
    throw error;
  }
}

/** Until the migration is to be given up; fails with its signal's reason. `onGone`: when libvirt knows of none any more. */
async function watchOver(
  world: VmWorld,
  uuid: string,
  wish: Wish,
  signal: AbortSignal,
  onGone?: () => void,
): Promise<Verdict> {
  const { clock, store } = world;
  const wished = { newer: false };
  const watches = (['state', 'node'] as const).map((key) =>
    store.watch(keyPath('domain', key, { uuid }), (entry) => {
      // A vanished definition is no wish: it goes where it was going.
      if (entry !== undefined && entry.stat.version !== wish[key].version) wished.newer = true;
    }),
  );
  let last = { bytes: -1, at: clock.monotonic() };
  try {
    for (;;) {
      await clock.sleep(LOOK_MS, signal);
      if (wished.newer) return { kind: 'newer wish' };
      const progress = await look(world, uuid, signal);
      if (progress === 'none') onGone?.();
      if (progress === 'none' || progress === 'unknown') continue;
      const now = clock.monotonic();
      if (progress.processedBytes !== last.bytes) last = { bytes: progress.processedBytes, at: now };
      const futile = futility(uuid, now - last.at, progress.elapsedMs);
      if (futile !== undefined) return { kind: 'futile', error: futile };
    }
  } finally {
    for (const watch of watches) watch.close();
  }
}

/** libvirt may be away meanwhile: then nothing is known, and nothing is given up for that. */
async function look(
  world: VmWorld,
  uuid: string,
  signal: AbortSignal,
): Promise<MigrationProgress | 'none' | 'unknown'> {
  try {
    return (await world.hypervisor.migrationProgress(uuid, { signal })) ?? 'none';
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof DroverError && error.code === 'NOT_FOUND' ? 'none' : 'unknown';
  }
}

function futility(uuid: string, stillMs: number, elapsedMs: number): DroverError | undefined {
  const object = `migration of domain ${uuid}`;
  const remedy = 'it runs on where it was: look at the network between the nodes, then wish it again';
  if (stillMs >= LIMITS.migrationStallMs)
    return new DroverError('DEADLINE', {
      object,
      reason: `it made no progress for ${LIMITS.migrationStallMs / 1_000} s and was aborted`,
      remedy,
    });
  if (elapsedMs < LIMITS.migrationMs) return undefined;
  const reason = `it took longer than ${LIMITS.migrationMs / 1_000} s and was aborted`;
  return new DroverError('DEADLINE', { object, reason, remedy });
}
