import { DroverError, LIMITS, messageOf } from '../core/index.js';
import type { BackupWorld, Target } from './world.js';

interface Use {
  count: number;
  ready: Promise<void>;
}

/**
 * The places that backups go to, mounted while somebody uses them. What is mounted already, also by a run that was killed, is
 * used as it is.
 */
export class Mounts {
  readonly #world: Pick<BackupWorld, 'files' | 'directories' | 'processes'>;
  readonly #uses = new Map<string, Use>();

  constructor(world: Pick<BackupWorld, 'files' | 'directories' | 'processes'>) {
    this.#world = world;
  }

  /**
   * Does `work` while the target is there. REFUSED when it is not where it should be: nothing is ever written into the
   * directory that something was to be mounted on. `unmounted` is told why the place could not be given back.
   */
  async while<T>(
    target: Target,
    signal: AbortSignal,
    work: () => Promise<T>,
    unmounted: (why: string) => void = () => undefined,
  ): Promise<T> {
    const use = this.#uses.get(target.root) ?? { count: 0, ready: Promise.resolve() };
    this.#uses.set(target.root, use);
    use.count += 1;
    use.ready = use.ready.catch(() => undefined).then(() => this.#open(target, signal));
    try {
      await use.ready;
      return await work();
    } finally {
      use.count -= 1;
      if (use.count === 0) {
        use.ready = use.ready.catch(() => undefined).then(() => this.#close(target));
        await use.ready.catch((error: unknown) => unmounted(messageOf(error)));
      }
    }
  }

  async #open(target: Target, signal: AbortSignal): Promise<void> {
    const { files, directories } = this.#world;
    const { root, directory, mount } = target;
    if (mount.length > 0 && !(await directories.isMountPoint(root))) {
      for (const command of mount) await this.#run(command, signal);
      if (!(await directories.isMountPoint(root)))
        throw refused(root, 'its mount commands ended well, and nothing is mounted there');
    }
    const real = await directories.real(root);
    if (real === undefined) throw refused(root, 'there is no such directory');
    await files.makeDirectory(directory, 0o700);
    const inside = await directories.real(directory);
    if (inside !== real && inside?.startsWith(`${real === '/' ? '' : real}/`) !== true)
      throw refused(directory, `it leads out of ${root}`);
  }

  async #close({ root, mount, unmount }: Target): Promise<void> {
    if (mount.length === 0 || !(await this.#world.directories.isMountPoint(root))) return;
    for (const command of unmount) await this.#run(command);
  }

  async #run([program = '', ...args]: readonly string[], signal?: AbortSignal): Promise<void> {
    await this.#world.processes.run({ program, args, limitMs: LIMITS.mountMs }, signal);
  }
}

function refused(object: string, reason: string): DroverError {
  return new DroverError('REFUSED', {
    object: `backup target ${object}`,
    reason,
    remedy: 'correct `backup.targets` of the configuration, or the place itself',
  });
}
