import { imagesOf } from '../index.js';
import type { World } from './world.js';

/** Of what `rbd` itself exports of an image, or of a snapshot of it, on the host of Ceph. */
export async function sha256(world: World, cluster: string, image: string): Promise<string> {
  const script = 'set -o pipefail; rbd export --no-progress "vms/$0" - | sha256sum';
  const host = world.sandbox.cephHost(cluster).name;
  const { stdout } = await world.sandbox.run(host, ['bash', '-c', script, image], { signal: world.signal });
  return stdout.slice(0, 64);
}

/** Every disk of the guest at a point is the same, byte for byte, on both clusters. */
export async function same(world: World, point: string): Promise<void> {
  for (const image of imagesOf(world.guest)) {
    const at = `${image}@${point}`;
    const [east = '', west = ''] = await Promise.all(
      ['east', 'west'].map((cluster) => sha256(world, cluster, at)),
    );
    if (east !== west) throw new Error(`${at} is ${east} on east, and ${west} on west`);
    world.tell(`${east}  ${at}, on east and on west`);
  }
}
