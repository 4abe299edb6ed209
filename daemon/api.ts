import { type ApiSettings, createApi } from '../lib/api/index.js';
import type { Configuration } from '../lib/config/index.js';
import { DroverError, type Log, type Random, type Scope } from '../lib/core/index.js';
import type { Clock, Files, Store } from '../lib/ports/index.js';
import { waitForForeignLock } from '../lib/pvc/index.js';
import type { Receiver } from '../lib/mirror/index.js';
import type { PvcReceiver } from '../lib/pvc/mirror/index.js';
import type { Kinds } from '../lib/task/index.js';
import { createUseCases } from '../lib/usecase/index.js';

const LISTEN_AGAIN_MS = 2_000;

export interface ApiServerOptions {
  readonly config: Configuration['api'];
  readonly files: Files;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** This node. */
  readonly node: string;
  /** Ends the term in favour of another node. */
  readonly handOver: (to: string | undefined) => Promise<void>;
  /** The tasks that can be asked for. */
  readonly kinds: Kinds;
  readonly receiver?: Receiver;
  readonly pvc?: PvcReceiver;
  /** Peers by name, with the addresses of their APIs. */
  readonly peers?: Readonly<Record<string, string>>;
}

/**
 * Serves the API as long as `scope`, the term of the primary, lives. When it cannot listen (a secret is missing, the
 * address is not there yet, the port is taken) it says so and tries again: the rest of the term does not depend on it.
 */
export function serveApi(scope: Scope, options: ApiServerOptions): void {
  if (!options.config.enabled) return;
  scope
    .run((signal) => serve(options, signal))
    .catch((error: unknown) => {
      if (!scope.closed) options.log.error({ err: error }, 'the API ended');
    });
}

async function serve(options: ApiServerOptions, signal: AbortSignal): Promise<void> {
  const { config, log, clock } = options;
  const where = { address: config.listen, port: config.port, tls: config.tls !== undefined };
  for (;;) {
    try {
      const app = await apiOf(options);
      try {
        await app.listen({ host: config.listen, port: config.port });
        log.info(where, 'the API is served');
        await aborted(signal);
      } finally {
        await app.close();
      }
      log.info(where, 'the API is not served any more');
      return;
    } catch (error) {
      log.error({ ...where, err: error, retryMs: LISTEN_AGAIN_MS }, 'the API cannot be served');
      await clock.sleep(LISTEN_AGAIN_MS, signal);
    }
  }
}

async function apiOf(options: ApiServerOptions) {
  const { config, files, store, clock, random, log, node, handOver, kinds, receiver, pvc, peers } = options;
  const settings: ApiSettings = {
    authentication: config.authentication,
    tls: config.tls !== undefined,
    tokens: await Promise.all(
      config.tokens.map(async ({ name, scopes, token }) => ({
        name,
        scopes,
        token: await token.reveal(files),
      })),
    ),
  };
  const useCases = createUseCases({
    store,
    clock,
    random,
    log,
    node,
    kinds,
    handOver,
    unlocked: async (path, signal) => {
      await waitForForeignLock({ store, clock }, path, signal);
    },
  });
  const tls = config.tls && {
    cert: await needed(files, config.tls.certificate),
    key: await needed(files, config.tls.privateKey),
  };
  return createApi({
    store,
    settings,
    useCases,
    log,
    clock,
    random,
    ...(receiver && { receiver }),
    ...(pvc && { pvc }),
    ...(peers && { peers }),
    ...(tls && { tls }),
  });
}

async function needed(files: Files, path: string): Promise<string> {
  const bytes = await files.read(path);
  if (bytes !== undefined) return new TextDecoder().decode(bytes);
  throw new DroverError('CONFIG_INVALID', {
    object: path,
    reason: 'there is no such file, and the API needs it',
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
