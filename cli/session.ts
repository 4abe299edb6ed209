import { ApiClient, type Connection } from '../lib/client/index.js';
import { isDroverError } from '../lib/core/index.js';
import { ConnectionBook } from './connection/book.js';
import type { Shell, World } from './world.js';

/** How long one of several places is asked whether the API is there. */
const GREETING_MS = 5_000;

/** Works with the API of the named connection, and closes the client afterwards. */
export async function withApi<T>(
  { world, connection }: Shell,
  work: (api: ApiClient) => Promise<T>,
): Promise<T> {
  const book = await ConnectionBook.open(world);
  const api = await firstAnswering(world, await book.find(connection()));
  try {
    return await work(api);
  } finally {
    await api.close();
  }
}

/** The first that answers; a single one is taken as it is. Only a question is asked, so that nothing is done twice. */
async function firstAnswering(world: World, connections: readonly Connection[]): Promise<ApiClient> {
  let last: unknown;
  for (const [at, connection] of connections.entries()) {
    const api = clientOf(world, connection);
    if (connections.length === 1) return api;
    try {
      await api.cluster.greeting({ limitMs: GREETING_MS });
      return api;
    } catch (error) {
      await api.close();
      if (!isDroverError(error, 'API_UNREACHABLE', 'DEADLINE')) throw error;
      // What the first place says is of most use.
      if (at === 0) last = error;
    }
  }
  throw last;
}

export function clientOf(world: World, connection: Connection): ApiClient {
  const { clock, transport } = world;
  return new ApiClient({
    connection,
    clock,
    ...(transport === undefined ? {} : { transport: transport(connection) }),
  });
}
