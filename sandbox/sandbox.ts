import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DroverError } from '../lib/core/index.js';
import { describe, type Description } from './description.js';
import { Faults } from './faults.js';
import { readIfThere, sandboxesDirectory } from './files.js';
import { Ground } from './ground.js';
import { endKeeperOf, type Keeper, keeperOf } from './keeper.js';
import { readStatus, type Status } from './status.js';

/** A running sandbox: hosts to run commands on, and faults to inflict. `up.ts` makes one. */
export class Sandbox extends Ground {
  readonly faults: Faults;
  /** Only in the process that made the sandbox, and only until it is released. */
  readonly #keeper: Keeper | undefined;

  constructor(directory: string, description: Description, top: number, keeper?: Keeper) {
    super(directory, description, top);
    this.faults = new Faults(this);
    this.#keeper = keeper;
  }

  /** The sandbox that lives in `directory`. Fails with NOT_FOUND when none does. */
  static async open(directory: string): Promise<Sandbox> {
    const found = await keeperOf(directory);
    const text = await readIfThere(join(directory, 'sandbox.json'));
    if (found === undefined || text === undefined) {
      const object = `sandbox ${directory}`;
      throw new DroverError('NOT_FOUND', { object, reason: 'it is not up', remedy: 'npm run sandbox -- up' });
    }
    return new Sandbox(directory, describe(JSON.parse(text)), found.top);
  }

  /** Lets the sandbox outlive this process. */
  async release(): Promise<void> {
    await this.#keeper?.release();
  }

  /** Ends everything and returns when no process and no file is left. */
  async down(): Promise<void> {
    if (this.#keeper !== undefined) await this.#keeper.end();
    await removeSandbox(this.directory);
  }

  status(): Promise<Status> {
    return readStatus(this);
  }
}

/** Ends the sandbox of a run directory, if one lives there, and removes what a killed keeper may have left. */
export async function removeSandbox(directory: string): Promise<void> {
  await endKeeperOf(directory);
  await rm(directory, { recursive: true, force: true, maxRetries: 10 });
  await rm(`${directory}.lock`, { force: true });
}

/** The run directory of the sandbox called `name`. */
export function directoryOf(name: string): string {
  return join(sandboxesDirectory(), name);
}
