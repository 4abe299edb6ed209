import { DroverError, LIMITS, type Log } from '../core/index.js';
import type { Clock, ImageName, Storage, Watcher } from '../ports/index.js';

const LOOK_AGAIN_MS = 500;
const BLOCK_SECONDS = 3_600;

export interface ImageGuard {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly log: Log;
  /** This node's own address towards Ceph: a watcher from it, of an image nobody here has open, is a dead child's. */
  readonly ownAddress: string | undefined;
}

/**
 * Returns when nobody has any of the images open. Watchers are the truth about writers: a lock of RBD gives way to the
 * next opener. A dead child of this node is shut out of the cluster at once; anybody else is waited for, and named.
 *
 * `absent`: whether no process of the VM is here, which may still be found out while the storage is asked. Only then is a
 * client of this node dead; else nothing is touched, and what it returns says nothing. It fails as that does.
 *
 * Fails with HELD when a watcher stays longer than `LIMITS.watcherGoneMs`, and with the storage's errors: then nothing
 * may be started.
 */
export async function imagesFree(
  guard: ImageGuard,
  images: readonly ImageName[],
  signal: AbortSignal,
  absent: Promise<boolean>,
): Promise<void> {
  const until = guard.clock.monotonic() + LIMITS.watcherGoneMs;
  let told = false;
  for (;;) {
    const asked = Promise.all(images.map((image) => watchersOf(guard, image, signal)));
    const [isAbsent, answers] = await Promise.all([absent, asked]);
    const found = answers.flat();
    const [first] = found;
    // Its own process has them open when it is here after all.
    if (first === undefined || !isAbsent) return;
    await shutOut(guard, found, signal);
    const reason = `${first.watcher.address} has ${first.image.pool}/${first.image.name} open`;
    if (guard.clock.monotonic() >= until)
      throw new DroverError('HELD', {
        object: `${first.image.pool}/${first.image.name}`,
        reason: `${reason} for more than ${LIMITS.watcherGoneMs / 1_000} s`,
        remedy: 'end that client, or shut its address out of the storage cluster',
      });
    if (!told) guard.log.info({ image: first.image, watcher: first.watcher }, `a start waits: ${reason}`);
    told = true;
    await guard.clock.sleep(LOOK_AGAIN_MS, signal);
  }
}

interface Found {
  readonly image: ImageName;
  readonly watcher: Watcher;
}

async function watchersOf(guard: ImageGuard, image: ImageName, signal: AbortSignal): Promise<Found[]> {
  const watchers = await guard.storage.watchers(image, { signal });
  return watchers.map((watcher) => ({ image, watcher }));
}

/** Those from this node's own address are dead. */
async function shutOut(guard: ImageGuard, found: readonly Found[], signal: AbortSignal): Promise<void> {
  const dead = found.filter(({ watcher }) => addressOf(watcher) === guard.ownAddress);
  for (const { image, watcher } of dead) {
    guard.log.info({ image, watcher }, 'a dead client of this node is shut out of the storage');
    await guard.storage.block(watcher.address, BLOCK_SECONDS, { signal });
  }
}

/** The IP address in `ip:port/nonce`, also of an IPv6 one in brackets. */
function addressOf(watcher: Watcher): string {
  return watcher.address.replace(/:\d+\/\d+$/, '').replace(/^\[|\]$/g, '');
}
