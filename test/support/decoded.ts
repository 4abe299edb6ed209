import { type Decoded, type Problem, problemError } from '../../lib/tree/index.js';

/** The value, or the problem thrown, which fails the test with its whole sentence. */
export function valueOf<T>(decoded: Decoded<T>): T {
  if (decoded.ok) return decoded.value;
  throw problemError(decoded.problem);
}

/** The problem; throws when there is none. */
export function problemOf(decoded: Decoded<unknown>): Problem {
  if (!decoded.ok) return decoded.problem;
  throw new Error(`expected a problem, got ${JSON.stringify(decoded.value)}`);
}
