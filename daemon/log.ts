import { pino } from 'pino';
import type { Log } from '../lib/core/index.js';

/**
 * The root logger: one JSON line for each event on stdout, secrets left out whatever hands them in.
 *
 * @param base fields of every line, such as which process of the node it is
 */
export function rootLog(
  level: 'debug' | 'info' | 'warn' | 'error',
  base: Readonly<Record<string, string>> | null = null,
): Log {
  return pino({
    level,
    base,
    redact: { paths: ['*.password', '*.token', '*.key', 'password', 'token'], censor: '[hidden]' },
    serializers: { err: pino.stdSerializers.err },
  });
}
