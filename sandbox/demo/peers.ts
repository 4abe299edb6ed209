import type { World } from './world.js';

const OTHER = { east: 'west', west: 'east' } as const;
type Cluster = keyof typeof OTHER;

/**
 * Makes each cluster know the other as its peer. Only a primary serves the API, and nobody sets up a floating address in here:
 * to be said again when a primary has changed.
 */
export async function introduce(world: World): Promise<void> {
  await Promise.all([tellOfPeer(world, 'east'), tellOfPeer(world, 'west')]);
}

/** @param limit of what is sent to it, such as `12MiB/s`; default: none */
export async function tellOfPeer(world: World, cluster: Cluster, limit?: string): Promise<void> {
  const other = world.fleet(OTHER[cluster]);
  const peer = {
    address: await other.address(),
    tls: false,
    token: other.token,
    ...(limit === undefined ? {} : { rate_limit: limit }),
  };
  await world.fleet(cluster).configure({ mirror: { peers: { [OTHER[cluster]]: peer }, keep: 3 } });
}
