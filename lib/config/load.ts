import { DroverError } from '../core/index.js';
import type { Files } from '../ports/index.js';
import { problemText } from './complaint.js';
import type { Configuration } from './configuration.js';
import { type ConfigKind, readConfiguration, type Reading } from './read.js';

/** Where the configuration is when nobody says otherwise. */
export const CONFIG_FILE = '/etc/drover/drover.yaml';

/** Reads the configuration file at `path`. Fails with NOT_FOUND when there is none, FILE_FAILED when it cannot be read. */
export async function loadConfiguration(files: Files, path: string, kind?: ConfigKind): Promise<Reading> {
  const bytes = await files.read(path);
  if (bytes === undefined) {
    throw new DroverError('NOT_FOUND', {
      object: path,
      reason: 'there is no such file',
      remedy: 'write one: docs/configuration.md begins with the shortest',
    });
  }
  return readConfiguration(new TextDecoder().decode(bytes), { file: path, ...(kind && { kind }) });
}

/** The configuration of a reading, or CONFIG_INVALID with every problem in its message: for a daemon that starts. */
export function requireConfiguration(reading: Reading, path: string): Configuration {
  if (reading.config !== undefined) return reading.config;
  const reason = reading.problems.map(problemText).join('\n');
  throw new DroverError('CONFIG_INVALID', { object: path, reason });
}
