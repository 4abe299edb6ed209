import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** How something has ended, which may be asked for late: nobody is told of an unhandled failure. */
export type Settled<T> = Promise<{ readonly value: T } | { readonly error: unknown }>;

export function settled<T>(promise: Promise<T>): Settled<T> {
  return promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
}

export async function within<T>(end: Settled<T>): Promise<T> {
  const result = await end;
  if ('error' in result) throw result.error;
  return result.value;
}

/** What a child prints. A stream that is destroyed under the loop ends it: why is for the caller to know. */
export async function* chunksOf(stream: Readable): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
  } catch (error) {
    if (!isCut(error)) throw error;
  }
}

/** Writes `source` to a child, and ends its input however it goes. Returns what went wrong. */
export async function feed(
  stdin: Writable,
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  try {
    await pipeline(source, stdin, signal === undefined ? {} : { signal });
    return undefined;
  } catch (error) {
    return error;
  }
}

/** True when the child has closed its input. */
export function isClosedPipe(error: unknown): boolean {
  return codeOf(error) === 'EPIPE' || codeOf(error) === 'ECONNRESET' || isCut(error);
}

function isCut(error: unknown): boolean {
  return codeOf(error) === 'ERR_STREAM_PREMATURE_CLOSE' || codeOf(error) === 'ABORT_ERR';
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
