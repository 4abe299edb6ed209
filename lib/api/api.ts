import { setMaxListeners } from 'node:events';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { DroverError, hexId, LIMITS, type Log, type Random } from '../core/index.js';
import type { Clock, Store } from '../ports/index.js';
import { argumentReader } from './arguments.js';
import { Authentication } from './authentication.js';
import type { Receiver } from '../mirror/index.js';
import type { PvcReceiver } from '../pvc/mirror/index.js';
import { addPeerRoutes } from './peer-routes.js';
import { addPvcRoutes } from './pvc-routes.js';
import { PREFIX } from './prefix.js';
import { BadArguments, refusalOf, UnknownForm } from './refusal.js';
import type { Call, Route, Tools } from './route.js';
import { routeTable } from './routes/index.js';
import { type ApiSettings, type Caller, mayDo, type Scope } from './settings.js';
import type { UseCases } from '../usecase/index.js';
import { Sight } from './view/sight.js';
import { VmView } from './view/vm.js';

export interface ApiOptions {
  readonly store: Store;
  readonly settings: ApiSettings;
  readonly useCases: UseCases;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Random;
  /** What takes the VMs of other clusters; without it none are taken. */
  readonly receiver?: Receiver;
  /** The same for those of PVC. */
  readonly pvc?: PvcReceiver;
  /** Peers by name, with the addresses of their APIs. */
  readonly peers?: Readonly<Record<string, string>>;
  /** Texts as PEM; without them it is served in the clear. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | undefined;
  }
  interface FastifyContextConfig {
    /** Set for every route of ours; without a scope anybody may ask. */
    admit?: { readonly scope: Scope | undefined };
  }
}

const TEXTLESS = new URLSearchParams();

/**
 * The HTTP API in PVC's shapes. It only answers: who calls it listens, and closes it; then whoever still waits is cut off.
 */
export function createApi(options: ApiOptions): FastifyInstance {
  const { log, random, clock, store, useCases, tls = null } = options;
  const authentication = new Authentication(options.settings, clock);
  const { peers = {}, receiver, pvc } = options;
  const tools: Tools = { store, useCases, vms: new VmView(clock), peers, pvc };
  const server = fastify({
    https: tls,
    forceCloseConnections: true,
    logger: false,
    bodyLimit: LIMITS.apiBodyBytes,
    genReqId: () => hexId(random, 8),
    routerOptions: {
      ignoreTrailingSlash: true,
      maxParamLength: 255,
      querystringParser: (text) => ({ texts: new URLSearchParams(text) }),
    },
  });
  // Nothing here depends on whether its sockets are encrypted.
  const app = server as unknown as FastifyInstance;
  app.decorateRequest('caller', undefined);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_, body, done) => {
    done(null, new URLSearchParams(String(body)));
  });
  app.addContentTypeParser('*', (request, _body, done) => {
    // PVC names the type of its last stream also where it sends nothing.
    if (request.headers['content-length'] === '0') done(null);
    else done(new UnknownForm());
  });
  // Before the body is read: whoever may not ask does not make us work.
  app.addHook('onRequest', (request, _, done) => {
    done(admit(request, authentication));
  });
  app.addHook('onResponse', (request, reply, done) => {
    log.debug(lineOf(request, reply), 'request');
    done();
  });
  app.setErrorHandler(async (error, request, reply) => {
    const { status, body } = refusalOf(error, request.id, log);
    return await reply.status(status).send(body);
  });
  app.setNotFoundHandler((request) => {
    throw noRoute(request);
  });
  for (const row of routeTable(authentication)) addRoute(app, row, tools);
  if (receiver !== undefined) addPeerRoutes(app, receiver, log);
  if (pvc !== undefined) addPvcRoutes(app, pvc, log);
  return app;
}

/** Why the request goes no further, if so. */
function admit(request: FastifyRequest, authentication: Authentication): Error | undefined {
  const { admit: rule } = request.routeOptions.config;
  if (rule === undefined) return noRoute(request);
  const { scope } = rule;
  const caller = authentication.callerOf(request.headers);
  request.caller = caller;
  if (scope === undefined) return undefined;
  if (caller === undefined)
    return new DroverError('UNAUTHENTICATED', {
      object: 'X-Api-Key',
      reason:
        request.headers['x-api-key'] === undefined ? 'it is missing' : 'it is not one of the configuration',
    });
  if (mayDo(caller, scope)) return undefined;
  return new DroverError('FORBIDDEN', {
    object: `token ${caller.name}`,
    reason: `it has not the scope ${scope}`,
  });
}

function noRoute({ method, url }: FastifyRequest): DroverError {
  const path = url.split('?')[0] ?? '';
  return new DroverError('NOT_FOUND', {
    object: `${method} ${path}`,
    reason: 'the API has no such route',
    remedy: `see ${PREFIX}/openapi.json`,
  });
}

function addRoute(app: FastifyInstance, row: Route, tools: Tools): void {
  const read = argumentReader(row.args);
  app.route({
    method: row.method,
    url: PREFIX + row.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    config: { admit: { scope: row.scope } },
    handler: async (request, reply) => {
      const args = read(textsOf(request));
      if (!args.ok) throw new BadArguments(args.complaints);
      const {
        status = row.status,
        headers = {},
        body,
      } = await row.handle(callOf(request, reply, args.value, tools), tools);
      return await reply.status(status).headers(headers).send(body);
    },
  });
}

function callOf(request: FastifyRequest, reply: FastifyReply, args: unknown, { store }: Tools): Call {
  const names = request.params as Readonly<Record<string, string>>;
  const signal = whileSomebodyWaits(reply);
  return {
    by: request.caller ?? NOBODY,
    request: request.id,
    signal,
    args,
    name: (placeholder) => names[placeholder] ?? '',
    optionalName: (placeholder) => names[placeholder],
    sight: new Sight(store, signal),
  };
}

/**
 * Aborts when the caller goes before he has his answer. Fastify's own signal aborts as soon as a body was read: it
 * follows the request, not the answer.
 */
function whileSomebodyWaits({ raw, request }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  // One request may have hundreds of reads out at once, each of which listens for its end.
  setMaxListeners(0, gone.signal);
  raw.once('close', () => {
    if (raw.writableFinished) return;
    gone.abort(
      new DroverError('CANCELLED', { object: `request ${request.id}`, reason: 'the caller has gone' }),
    );
  });
  return gone.signal;
}

const NOBODY: Caller = { name: 'nobody', scopes: [] };

/** The texts of the query, then those of a form body. */
function textsOf(request: FastifyRequest): URLSearchParams {
  const { texts } = request.query as { readonly texts?: URLSearchParams };
  const form = request.body instanceof URLSearchParams ? request.body : TEXTLESS;
  return new URLSearchParams([...(texts ?? TEXTLESS), ...form]);
}

/** Never the query: it may hold secrets. */
function lineOf(request: FastifyRequest, reply: FastifyReply): object {
  return {
    request: request.id,
    method: request.method,
    route: request.routeOptions.url,
    status: reply.statusCode,
    by: request.caller?.name,
    durationMs: Math.round(reply.elapsedTime),
  };
}
