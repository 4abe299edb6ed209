import { pino } from 'pino';
import type { Log } from '../lib/core/index.js';

/** The root logger: one JSON line for each event on stdout, secrets left out whatever hands them in. */
export function rootLog(level: 'debug' | 'info' | 'warn' | 'error'): Log {
  return pino({
    level,
    base: null,
    redact: { paths: ['*.password', '*.token', '*.key', 'password', 'token'], censor: '[hidden]' },
    serializers: { err: pino.stdSerializers.err },
  });
}
