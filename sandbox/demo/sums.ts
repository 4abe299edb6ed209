import { checksum, imagesOf } from '../index.js';
import type { World } from './world.js';

/** Of an image, or of a snapshot of it, in the pool of the guests. */
export function sha256(world: World, cluster: string, image: string): Promise<string> {
  return checksum(world.sandbox, cluster, `vms/${image}`, world.signal);
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
