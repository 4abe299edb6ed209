import { LIMITS } from '../../core/index.js';

/** Lines of stderr that a message quotes: most programs say the cause last, and its consequence after it. */
const QUOTED_LINES = 3;

/**
 * The last useful lines of what a program printed to stderr, for a message: one line of at most `LIMITS.messageBytes`,
 * without control characters, colours, progress that was overwritten, or anything binary. Empty when there is none.
 */
export function lastWords(stderr: Uint8Array): string {
  const tail = stderr.subarray(-LIMITS.messageBytes);
  if (tail.includes(0)) return '';
  const lines = decode(tail)
    .split('\n')
    .map((line) => plain(line))
    .filter((line) => line !== '');
  return cut(lines.slice(-QUOTED_LINES).join('; '));
}

/** UTF-8, each invalid byte as U+FFFD. */
export function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

const COLOUR = /\u001b\[[0-9;]*[A-Za-z]/g;

function plain(line: string): string {
  const overwritten = line.replace(/\r+$/, '').lastIndexOf('\r');
  return line
    .slice(overwritten + 1)
    .replace(COLOUR, '')
    .replace(/[\p{C}\uFFFD\s]+/gu, ' ')
    .trim();
}

function cut(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= LIMITS.messageBytes) return text;
  return bytes
    .subarray(-LIMITS.messageBytes)
    .toString()
    .replace(/^\uFFFD+/, '');
}
