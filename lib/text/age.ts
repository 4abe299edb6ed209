import { counted } from './list.js';

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/** `3 hours`: an age in whole seconds as people say it, rounded to the largest unit of which there are two. */
export function aboutAge(seconds: number): string {
  const [unit, size] = UNITS.find(([, length]) => seconds >= 2 * length) ?? ['second', 1];
  return counted(Math.round(seconds / size), unit);
}
