import { Option } from 'commander';
import type { World } from './world.js';

export const FORMATS = ['pretty', 'json', 'json-pretty', 'raw'] as const;
export type Format = (typeof FORMATS)[number];

export interface FormatOptions {
  readonly format: Format;
}

/** `-f`, as every command has it that shows something. */
export function formatOption(...without: readonly Format[]): Option {
  const choices = FORMATS.filter((format) => !without.includes(format));
  return new Option('-f, --format <format>', 'how to print').choices(choices).default('pretty');
}

/** Prints `value` as JSON, or as a person or a script wants to see it. */
export function show<T>(
  world: World,
  { format }: FormatOptions,
  value: T,
  forms: { readonly pretty: (value: T) => string; readonly raw: (value: T) => readonly string[] },
): void {
  switch (format) {
    case 'pretty':
      world.out(forms.pretty(value));
      return;
    case 'raw':
      for (const line of forms.raw(value)) world.out(`${line}\n`);
      return;
    case 'json':
      world.out(`${JSON.stringify(value)}\n`);
      return;
    case 'json-pretty':
      world.out(`${JSON.stringify(value, undefined, 2)}\n`);
      return;
  }
}
