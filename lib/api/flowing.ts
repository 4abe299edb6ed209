import { setMaxListeners } from 'node:events';
import type { FastifyReply } from 'fastify';
import { DroverError, LIMITS } from '../core/index.js';

/**
 * Aborts when the sender goes before he has his answer, and when nothing has moved for too long: a sender that says nothing any
 * more though its connection stands, or a Ceph that takes nothing (D4).
 */
export function whileItFlows(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  // A stream of many units has many calls of the store and of Ceph, each of which listens for its end.
  setMaxListeners(0, gone.signal);
  reply.raw.once('close', () => {
    if (reply.raw.writableFinished) return;
    gone.abort(new DroverError('CANCELLED', { object: 'unit', reason: 'its sender has gone' }));
  });
  // Of the reply, not of the request: when all of that has come, Node would close the connection without a word.
  reply.raw.setTimeout(LIMITS.shipStallMs, () =>
    gone.abort(
      new DroverError('DEADLINE', {
        object: 'unit',
        reason: `nothing of it has come, or was taken, for ${LIMITS.shipStallMs / 1_000} s`,
        remedy: 'look at the free space of the pool, and at the network between',
      }),
    ),
  );
  return gone.signal;
}
