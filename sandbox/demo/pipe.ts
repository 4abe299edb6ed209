import { imagesOf } from '../index.js';
import { cephEnvironment } from '../parts/ceph.js';
import type { World } from './world.js';

/**
 * Sends a point from east to west as one would without Drover: one pipe of `rbd` for each disk, at once. Returns the
 * milliseconds that it took; nothing of it stays.
 */
export async function rawPipe(world: World, point: string): Promise<number> {
  const { sandbox, signal } = world;
  const { CEPH_CONF: conf = '', CEPH_KEYRING: keyring = '' } = cephEnvironment(sandbox.cluster('west'));
  const script = `set -o pipefail
rbd export-diff --no-progress "vms/$0" - | CEPH_CONF="$2" CEPH_KEYRING="$3" rbd import-diff --no-progress - "vms/$1"`;
  const host = sandbox.cephHost('east').name;
  const disks = await Promise.all(imagesOf(world.guest).map((image) => emptyCopy(world, image)));
  try {
    const began = performance.now();
    await Promise.all(
      disks.map(({ image, copy }) => {
        const words = [`${image}@${point}`, copy, conf, keyring];
        return sandbox.run(host, ['bash', '-c', script, ...words], { limitMs: 120_000, signal });
      }),
    );
    return performance.now() - began;
  } finally {
    for (const { copy } of disks) {
      await sandbox.rbd('west', 'snap', 'purge', '--no-progress', `vms/${copy}`);
      await sandbox.rbd('west', 'rm', '--no-progress', `vms/${copy}`);
    }
  }
}

/** An image of the same size on west. */
async function emptyCopy({ sandbox }: World, image: string) {
  const { size } = JSON.parse(await sandbox.rbd('east', 'info', '--format', 'json', `vms/${image}`)) as {
    readonly size: number;
  };
  const copy = `bare-${image}`;
  await sandbox.rbd('west', 'create', '--size', `${size}B`, `vms/${copy}`);
  return { image, copy };
}
