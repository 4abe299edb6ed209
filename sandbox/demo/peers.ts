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
  const { [cluster]: name } = OTHER;
  const other = world.fleet(name);
  const settings = {
    address: await other.address(),
    tls: false,
    ...(limit === undefined ? {} : { rate_limit: limit }),
  };
  const peer = { ...settings, token: other.token };
  await world.fleet(cluster).configure({ mirror: { peers: { [name]: peer }, keep: 3 } });
  world.tell(`drover.yaml of ${cluster}: mirror.peers.${name}: ${JSON.stringify(settings)} and a token`);
}
