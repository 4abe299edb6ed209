import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { DroverError } from '../../core/index.js';

/**
 * The file that `program` stands for, looked up in `path` as a shell does. It is looked up before the start because
 * `setpriv`, which starts it, would turn a missing program into an exit code of its own; and at once, because a few
 * system calls are cheaper than the turns of the event loop to wait for them.
 *
 * Fails with COMMAND_MISSING.
 */
export function locate(program: string, path: string): string {
  const candidates = program.includes('/')
    ? [program]
    : path.split(delimiter).map((folder) => join(folder === '' ? '.' : folder, program));
  let failure: unknown;
  for (const candidate of candidates) {
    try {
      if (statSync(candidate, { throwIfNoEntry: false })?.isFile() !== true) continue;
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch (error) {
      failure = error;
    }
  }
  const where = program.includes('/') ? 'is not there or cannot be executed' : `is not in ${path}`;
  throw new DroverError('COMMAND_MISSING', { object: program, reason: `it ${where}` }, failure);
}
