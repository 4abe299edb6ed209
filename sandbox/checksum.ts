import type { Ground } from './ground.js';

/**
 * The SHA-256, in hex, of what `rbd` itself exports of an image or of a snapshot of it, on the host of its Ceph.
 *
 * @param spec `pool/image` or `pool/image@snapshot`
 */
export async function checksum(
  sandbox: Ground,
  cluster: string,
  spec: string,
  signal?: AbortSignal,
): Promise<string> {
  const script = 'set -o pipefail; rbd export --no-progress "$0" - | sha256sum';
  const { stdout } = await sandbox.run(sandbox.cephHost(cluster).name, ['bash', '-c', script, spec], {
    signal,
  });
  return stdout.slice(0, 64);
}
