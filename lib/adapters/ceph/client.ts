import { LIMITS } from '../../core/index.js';
import type { Processes, StorageCall } from '../../ports/index.js';
import { cephError } from './failures.js';

/** How to come to a cluster. What is missing is what Ceph's programs take by themselves. */
export interface CephAccess {
  /** Path of its ceph.conf. */
  readonly conf?: string;
  /** Without `client.`. */
  readonly user?: string;
  readonly keyring?: string;
}

/** How long the programs look for a monitor before they say that there is none; Ceph's own default is 300 s. */
const MOUNT_SECONDS = 10;

/** Runs Ceph's programs against one cluster. */
export class CephClient {
  readonly #processes: Processes;
  /** The options that every command begins with. */
  readonly access: readonly string[];

  constructor(processes: Processes, { conf, user, keyring }: CephAccess) {
    this.#processes = processes;
    this.access = [
      ...option('--conf', conf),
      ...option('--id', user),
      ...option('--keyring', keyring),
      ...option('--client_mount_timeout', String(MOUNT_SECONDS)),
    ];
  }

  /** Returns what it printed. `object` is what an error is about. */
  async run(
    program: 'rbd' | 'ceph',
    object: string,
    words: readonly string[],
    call: StorageCall & { readonly outputBytes?: number } = {},
  ): Promise<string> {
    const { limitMs = LIMITS.cephCallMs, signal, outputBytes = LIMITS.commandOutputBytes } = call;
    const args = [...this.access, ...words];
    try {
      // Times are printed as the machine's local ones.
      const command = { program, args, limitMs, outputBytes, env: { TZ: 'UTC' } };
      return (await this.#processes.run(command, signal)).stdout;
    } catch (error) {
      throw cephError(program, object, error);
    }
  }
}

function option(name: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [name, value];
}
