import { setMaxListeners } from 'node:events';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { DroverError, LIMITS, type Log } from '../core/index.js';
import type { DiskOf, PvcReceiver, SnapshotOf } from '../pvc/mirror/index.js';
import { bodyParsers } from './bodies.js';
import { whileItFlows } from './flowing.js';
import { PREFIX } from './prefix.js';
import { BadArguments, refusalOf } from './refusal.js';
import { singleQuotes } from './route.js';
import { queryOf } from './query.js';

/**
 * What a cluster of PVC asks that sends a VM here: one JSON, and streams of any length that are taken as they come. Page:
 * docs/mirror-protocol.md.
 */
export function addPvcRoutes(app: FastifyInstance, receiver: PvcReceiver, log: Log): void {
  void app.register((peers, _options, registered) => {
    bodyParsers(peers, ['application/octet-stream', 'multipart/form-data']);
    peers.setErrorHandler(async (error, request, reply) => {
      const { status, body } = refusalOf(error, request.id, log);
      return await reply.status(status).send(body);
    });
    const config = { admit: { scope: 'mirror' as const } };
    const receive = `${PREFIX}/vm/:vm/snapshot/receive`;
    const streamed = { config, bodyLimit: Number.MAX_SAFE_INTEGER };

    peers.post(`${receive}/config`, { config }, async (request) => {
      const { source_snapshot: parent } = queryOf(request);
      const { name } = request.caller ?? { name: 'nobody' };
      return said(await receiver.configuration(snapshotOf(request), parent, request.body, name));
    });
    peers.post(`${receive}/block`, streamed, async (request, reply) => {
      const size = bytesOf(needed(request, 'size'));
      return said(await receiver.whole(diskOf(request), size, streamOf(request), whileItFlows(reply)));
    });
    peers.put(`${receive}/block`, streamed, async (request, reply) => {
      const type = request.headers['content-type'];
      const signal = whileItFlows(reply);
      return said(await receiver.changes(diskOf(request), type, streamOf(request), signal));
    });
    peers.patch(`${receive}/block`, { config }, async (request) =>
      // Not ended by a caller who goes: what has arrived is made complete.
      said(await receiver.close(diskOf(request), { signal: deadline() })),
    );
    registered();
  });
}

function deadline(): AbortSignal {
  const signal = AbortSignal.timeout(LIMITS.peerWorkMs);
  setMaxListeners(0, signal);
  return signal;
}

function said(sentence: string): { readonly message: string } {
  return { message: singleQuotes(sentence) };
}

function snapshotOf(request: FastifyRequest): SnapshotOf {
  const { vm = '' } = request.params as { readonly vm?: string };
  return { vm, snapshot: needed(request, 'snapshot') };
}

function diskOf(request: FastifyRequest): DiskOf {
  return { ...snapshotOf(request), pool: needed(request, 'pool'), volume: needed(request, 'volume') };
}

function needed(request: FastifyRequest, name: string): string {
  const text = queryOf(request)[name];
  if (text !== undefined && text !== '') return text;
  throw new BadArguments({ [name]: `The ${name} has to be given.` });
}

function bytesOf(text: string): number {
  const bytes = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (bytes > 0) return bytes;
  throw new BadArguments({ size: 'The size has to be given in bytes.' });
}

/** The body as it comes; one without a Content-Type has none. */
function streamOf({ body }: FastifyRequest): AsyncIterable<Uint8Array> {
  if (typeof body === 'object' && body !== null && Symbol.asyncIterator in body)
    return body as AsyncIterable<Uint8Array>;
  throw new DroverError('BAD_INPUT', { object: 'body', reason: 'there is none' });
}
