import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Compile } from 'typebox/compile';
import {
  MirrorActivate,
  MirrorOffer,
  MirrorPrepare,
  MirrorVerdict,
  type SumLine,
} from '../../schemas/mirror-wire.js';
import { asDroverError, DroverError, type Log } from '../core/index.js';
import type { Receiver } from '../mirror/index.js';
import { bodyParsers } from './bodies.js';
import { whileItFlows } from './flowing.js';
import { PREFIX } from './prefix.js';
import { refusalOf } from './refusal.js';
import { queryOf } from './query.js';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const offer = Compile(MirrorOffer);
const prepare = Compile(MirrorPrepare);
const activate = Compile(MirrorActivate);
const verdict = Compile(MirrorVerdict);

/**
 * What other clusters of Drover ask: JSON, and streams of any length that are taken as they come. Page:
 * docs/mirror-protocol.md. Errors carry their code, so that the other side can tell them apart.
 */
export function addPeerRoutes(app: FastifyInstance, receiver: Receiver, log: Log): void {
  void app.register((peers, _options, registered) => {
    bodyParsers(peers, ['application/octet-stream']);
    peers.setErrorHandler(async (error, request, reply) => {
      const { status, body } = refusalOf(error, request.id, log);
      return await reply.status(status).send({ ...body, code: asDroverError(error, 'request').code });
    });
    const config = { admit: { scope: 'mirror' as const } };
    const at = (path: string) => `${PREFIX}/mirror${path}`;

    peers.get(at('/about'), { config }, () => receiver.about());
    peers.get(at('/vms/:uuid'), { config }, (request) => receiver.copy(uuidOf(request)));
    peers.post(at('/receives'), { config }, (request) =>
      receiver.begin(checked(offer, request.body) as MirrorOffer),
    );
    peers.get(at('/receives/:id'), { config }, (request) => receiver.receive(nameOf(request, 'id')));
    peers.put(
      at('/receives/:id/disks/:disk'),
      { config, bodyLimit: Number.MAX_SAFE_INTEGER },
      async (request, reply) => {
        const { from } = queryOf(request);
        const [disk, cursor] = [numberOf('disk', nameOf(request, 'disk')), numberOf('from', from)];
        const signal = whileItFlows(reply);
        return await receiver.unit(
          nameOf(request, 'id'),
          disk,
          cursor,
          request.body as AsyncIterable<Uint8Array>,
          signal,
        );
      },
    );
    peers.post(at('/receives/:id/commit'), { config }, (request) => receiver.commit(nameOf(request, 'id')));
    peers.delete(at('/receives/:id'), { config }, async (request) => {
      await receiver.abandon(nameOf(request, 'id'));
      return { message: 'It is given up.' };
    });
    peers.delete(at('/vms/:uuid/points/:point'), { config }, async (request) => {
      await receiver.dropPoint(uuidOf(request), nameOf(request, 'point'));
      return { message: 'It is removed.' };
    });
    peers.get(at('/vms/:uuid/points/:point/sums'), { config }, async (request, reply) => {
      const gone = new AbortController();
      reply.raw.once('close', () =>
        gone.abort(new DroverError('CANCELLED', { object: 'sums', reason: 'who asked has gone' })),
      );
      const { pool = '', volume = '', rate } = queryOf(request);
      const lines = await receiver.sums(uuidOf(request), nameOf(request, 'point'), {
        disk: { pool, name: volume },
        ...(rate === undefined ? {} : { rate: numberOf('rate', rate) }),
        signal: gone.signal,
      });
      return reply.type('application/x-ndjson').send(Readable.from(told(lines), { objectMode: false }));
    });
    peers.post(at('/vms/:uuid/points/:point/verdict'), { config }, (request) => {
      const { equal } = checked(verdict, request.body) as MirrorVerdict;
      return receiver.judge(uuidOf(request), nameOf(request, 'point'), equal);
    });
    peers.post(at('/vms/:uuid/prepare'), { config }, async (request) => {
      await receiver.prepare(uuidOf(request), checked(prepare, request.body) as MirrorPrepare);
      return { message: 'It is ready.' };
    });
    peers.post(at('/vms/:uuid/activate'), { config }, async (request) => {
      await receiver.activate(uuidOf(request), checked(activate, request.body) as MirrorActivate);
      return { message: 'It is the active one.' };
    });
    peers.post(at('/vms/:uuid/revoke'), { config }, async (request) => {
      await receiver.revoke(uuidOf(request), checked(prepare, request.body) as MirrorPrepare);
      return { message: 'It is revoked.' };
    });
    registered();
  });
}

/** As lines, with an end, or with what stood in the way: the status has gone out long before. */
async function* told(lines: AsyncIterable<SumLine>): AsyncGenerator<string> {
  try {
    for await (const line of lines) yield `${JSON.stringify(line)}\n`;
    yield `${JSON.stringify({ end: true })}\n`;
  } catch (error) {
    const { code, message } = asDroverError(error, 'sums');
    yield `${JSON.stringify({ error: { code, message } })}\n`;
  }
}

interface Checking {
  Check(value: unknown): boolean;
  Errors(value: unknown): readonly { readonly instancePath: string; readonly message: string }[];
}

function checked(validator: Checking, value: unknown): unknown {
  if (validator.Check(value)) return value;
  const [error] = validator.Errors(value);
  throw new DroverError('BAD_INPUT', {
    object: `body${error === undefined ? '' : error.instancePath}`,
    reason: error?.message ?? 'it has another form',
    remedy: 'bring both clusters to one version',
  });
}

function nameOf(request: FastifyRequest, name: string): string {
  return (request.params as Readonly<Record<string, string>>)[name] ?? '';
}

function uuidOf(request: FastifyRequest): string {
  const uuid = nameOf(request, 'uuid');
  if (UUID.test(uuid)) return uuid;
  throw new DroverError('BAD_INPUT', { object: 'uuid', reason: 'that is no UUID in lower case' });
}

function numberOf(what: string, text: string | undefined): number {
  if (/^\d{1,15}$/.test(text ?? '')) return Number(text);
  throw new DroverError('BAD_INPUT', { object: what, reason: 'it is no number' });
}
