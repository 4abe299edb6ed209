import { type Configuration, readConfiguration, requireConfiguration } from '../lib/config/index.js';
import { DroverError } from '../lib/core/index.js';
import type { Files } from '../lib/ports/index.js';

/** A configuration file that was found sound: as it was read, for a companion is never told of another one. */
export interface ConfigurationSource {
  readonly file: string;
  readonly text: string;
}

/** What the source says; CONFIG_INVALID names everything that is wrong with it. */
export function configurationOf({ file, text }: ConfigurationSource): Configuration {
  return requireConfiguration(readConfiguration(text, { file }), file);
}

/** Reads the file. CONFIG_INVALID when it is missing. */
export async function readSource(files: Files, file: string): Promise<ConfigurationSource> {
  const bytes = await files.read(file);
  if (bytes === undefined)
    throw new DroverError('CONFIG_INVALID', { object: file, reason: 'there is no such file' });
  return { file, text: new TextDecoder().decode(bytes) };
}

/** The sections that a running daemon takes over from a changed file. */
const LIVE = [
  'schedules',
  'backup',
  'mirror',
  'report',
  'benchmark',
  'api',
  'logging',
] as const satisfies readonly (keyof Configuration)[];

/** The configuration of a running daemon, parts of which follow the file. */
export class Settings {
  #current: Configuration;
  #source: ConfigurationSource;

  constructor(source: ConfigurationSource) {
    this.#source = source;
    this.#current = configurationOf(source);
  }

  /** The file as it was last found sound. */
  get source(): ConfigurationSource {
    return this.#source;
  }

  get current(): Configuration {
    return this.#current;
  }

  /**
   * Takes over what can be taken over without a restart: those sections, and how long a guest may take to power off. Returns
   * the names of the other sections that differ: they wait for a restart. A source that is not sound changes nothing:
   * CONFIG_INVALID.
   */
  take(source: ConfigurationSource): readonly string[] {
    const next = configurationOf(source);
    this.#source = source;
    const live = Object.fromEntries(LIVE.map((section) => [section, next[section]])) as Pick<
      Configuration,
      (typeof LIVE)[number]
    >;
    const timers = { ...this.#current.timers, vmShutdownMs: next.timers.vmShutdownMs };
    this.#current = { ...this.#current, ...live, timers };
    const sections = Object.keys(next) as (keyof Configuration)[];
    return sections.filter((section) => text(this.#current[section]) !== text(next[section])).sort();
  }
}

function text(section: unknown): string {
  return JSON.stringify(section);
}
