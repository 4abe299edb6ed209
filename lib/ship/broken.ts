import { isDroverError } from '../core/index.js';

/** The way to the other side was broken, or it has changed its primary, or lost its store: nothing of that lasts. */
export function isBroken(error: unknown): boolean {
  return isDroverError(
    error,
    'API_UNREACHABLE',
    'NO_PRIMARY',
    'NOT_LEADER',
    'STORE_CONFLICT',
    'STORE_OUTCOME_UNKNOWN',
    'STORE_SESSION_LOST',
    'STORE_UNAVAILABLE',
  );
}
