import { DroverError } from '../../lib/core/index.js';

/** The error of the table that `promise` fails with; anything else is thrown. */
export async function failure(promise: Promise<unknown>): Promise<DroverError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof DroverError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

/** Its code alone. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await failure(promise)).code;
}
