import { DroverError } from '../core/index.js';

/** The refusal of what this version cannot do. */
export function notYet(object: string, reason: string): DroverError {
  return new DroverError('NOT_YET', { object, reason });
}
