import type { MigrationProgress } from '../../ports/index.js';
import { unreadable } from './failures.js';

/** virDomainJobOperation: a migration away from here. */
const MIGRATION_OUT = '5';

/** Reads `domjobinfo --rawstats`: `Job type: 2`, then `key: value` lines. Undefined for no job, or one of another kind. */
export function readProgress(object: string, text: string): MigrationProgress | undefined {
  const figures = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, key = '', value = ''] = /^([\w ]+): *(\d+)$/.exec(line) ?? [];
    figures.set(key, value);
  }
  const type = figures.get('Job type');
  if (type === undefined) throw unreadable(object, text);
  if (type === '0' || figures.get('operation') !== MIGRATION_OUT) return undefined;
  const number = (key: string) => Number(figures.get(key) ?? 0);
  return {
    totalBytes: number('data_total'),
    processedBytes: number('data_processed'),
    remainingBytes: number('data_remaining'),
    elapsedMs: number('time_elapsed'),
  };
}
