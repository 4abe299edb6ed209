import { MIB } from './data.js';

/** What a task says of a transfer. */
export interface Mirrored {
  readonly point: string;
  readonly bytes: number;
  readonly ms: number;
}

/** `224.1 MiB in 3.4 s, 65.9 MiB/s` */
export function rate({ bytes, ms }: Pick<Mirrored, 'bytes' | 'ms'>): string {
  return `${mib(bytes)} in ${seconds(ms)}, ${mib((bytes / ms) * 1000)}/s`;
}

export function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
