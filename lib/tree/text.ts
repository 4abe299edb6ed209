import { type Decoded, decoded, problemAt } from './problem.js';

const ENCODER = new TextEncoder();

/** The text of a value. A byte order mark is text like any other; bytes that are not UTF-8 are a problem. */
export function utf8(bytes: Uint8Array, path: string): Decoded<string> {
  try {
    return decoded(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return {
      ok: false,
      problem: problemAt(path, 'text in UTF-8', `${bytes.length} bytes that are not UTF-8`),
    };
  }
}

export function bytesOf(text: string): Uint8Array {
  return ENCODER.encode(text);
}
