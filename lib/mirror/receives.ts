import type { ReceiveView } from '../../schemas/mirror-wire.js';
import { DroverError, isDroverError, together } from '../core/index.js';
import type { CallOptions } from '../ports/index.js';
import { discard } from '../volume/index.js';
import { commitReceive } from './commit.js';
import { isStray } from './names.js';
import {
  readReceive,
  readReceives,
  type Receive,
  type ReceiveRecord,
  receiveWrite,
  termOf,
} from './records.js';
import type { ReceiverWorld, ReceivingWorld } from './world.js';

/** Tries of a move: as many disks as may arrive at once, and more. */
const MOVES = 16;

export type ReceiveDisk = Receive['disks'][number];

/** NOT_FOUND when there is no such receive, or none any more. */
export async function needReceive(
  { store }: Pick<ReceiverWorld, 'store'>,
  id: string,
  options?: CallOptions,
): Promise<ReceiveRecord> {
  const receive = await readReceive(store, id, options);
  if (receive !== undefined) return receive;
  throw noReceive(id);
}

export function noReceive(id: string): DroverError {
  return new DroverError('NOT_FOUND', {
    object: `receive ${id}`,
    reason: 'there is none: it was not begun, or given up',
  });
}

/** Moves one disk of a receive by compare-and-set; several of them move at once. */
export async function moveDisk(
  { store, node }: Pick<ReceiverWorld, 'store' | 'node'>,
  id: string,
  disk: number,
  change: (disk: ReceiveDisk) => ReceiveDisk,
): Promise<void> {
  for (let tries = MOVES; ; tries -= 1) {
    const receive = await needReceive({ store }, id);
    const disks = receive.value.disks.map((one, at) => (at === disk ? change(one) : one));
    try {
      await store.commit([receiveWrite(id, { ...receive.value, disks }, receive), await termOf(store, node)]);
      return;
    } catch (error) {
      if (tries === 1 || !isDroverError(error, 'STORE_CONFLICT', 'STORE_OUTCOME_UNKNOWN')) throw error;
      await store.sync();
    }
  }
}

/** Gives up a receive; one that is being completed is completed instead. What came into a copy is undone by the next one. */
export async function abandonReceive(
  world: ReceivingWorld,
  id: string,
  options?: CallOptions,
): Promise<void> {
  const { store, node, stages } = world;
  const receive = await readReceive(store, id, options);
  if (receive === undefined) return;
  if (receive.value.state === 'committing') {
    await commitReceive(world, receive, id, options);
    return;
  }
  await stages.take('discard', async () => {
    await store.commit(
      [{ op: 'delete', path: receive.path, version: receive.version }, await termOf(store, node, options)],
      options,
    );
    for (const { pool, stage } of receive.value.disks)
      if (stage !== undefined) await discard(world, { pool, name: stage }, options?.signal);
  });
}

/**
 * Discards the stages that receives have left behind, and returns how many those were. The images are listed before the receives:
 * whose stage is there is recorded, and may be of another VM whose receive begins at this moment.
 */
export async function sweepStages(
  world: ReceivingWorld,
  pools: ReadonlySet<string>,
  options?: CallOptions,
): Promise<number> {
  const { store, storage, stages } = world;
  return await stages.take('discard', async () => {
    const images = await together(
      [...pools].map(async (pool) => {
        const names = await storage.images(pool, options).catch((error: unknown) => {
          // Which pool is missing is said later, with what to do.
          if (isDroverError(error, 'NOT_FOUND')) return [];
          throw error;
        });
        return names.map((name) => ({ pool, name }));
      }),
    );
    const receives = [...(await readReceives(store, options)).keys()];
    const strays = images.flat().filter(({ name }) => isStray(name, receives));
    for (const stray of strays) await discard(world, stray, options?.signal);
    return strays.length;
  });
}

/** What the sender is told of a receive. */
export function viewOf(id: string, { state, base, disks }: Receive, why?: string): ReceiveView {
  return {
    ...{ id, state },
    ...(base === undefined ? {} : { base: base.id }),
    ...(why === undefined ? {} : { why }),
    disks: disks.map(({ base: changes = false, cursor }) => ({
      base: changes,
      ...(cursor === undefined ? {} : { cursor }),
    })),
  };
}
