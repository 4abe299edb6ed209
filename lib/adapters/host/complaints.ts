// How a command ended badly, in the words of the error table. None quotes an argument: one may be a secret.
import { DroverError, LIMITS } from '../../core/index.js';
import { CommandFailure } from '../../ports/index.js';
import type { End } from './child.js';
import { decode, lastWords } from './words.js';

/** How a program ended, and what it said of it. */
export interface Ended extends End {
  readonly program: string;
  readonly stderr: Uint8Array;
}

export function cancelled(program: string, signal: AbortSignal): DroverError {
  return new DroverError('CANCELLED', { object: program, reason: 'it was ended on request' }, signal.reason);
}

/** @param held it has ended itself, but left something behind that keeps its output open */
export function late(program: string, limitMs: number, held: boolean): DroverError {
  const what = held ? 'what it left behind held its output open' : 'it ran';
  return new DroverError('DEADLINE', { object: program, reason: `${what} longer than ${limitMs} ms` });
}

export function tooMuch(program: string, limitBytes: number): DroverError {
  return new DroverError('OUTPUT_TOO_LARGE', {
    object: program,
    reason: `it printed more than ${limitBytes} bytes`,
  });
}

/** @param object the program and where it stood, when its name alone does not say it */
export function failed(object: string, end: Ended): DroverError {
  const { program, code, signal } = end;
  const how = signal === undefined ? `it ended with code ${String(code)}` : `${signal} ended it`;
  const words = lastWords(end.stderr);
  const stderr = decode(end.stderr.subarray(-LIMITS.messageBytes));
  return new DroverError(
    'COMMAND_FAILED',
    { object, reason: words === '' ? `${how} without a message` : `${how}: ${words}` },
    new CommandFailure({ program, code, signal, stderr }),
  );
}
