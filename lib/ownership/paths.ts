import type { Write } from '../ports/index.js';
import { documentPath } from '../tree/index.js';

export const EPOCH_PATH = documentPath('election-epoch');
export const LEADER_PATH = documentPath('leader');
export const HANDOVER_PATH = documentPath('handover');
export const CLUSTER_PATH = documentPath('cluster');
export const SESSIONS_PATH = '/drover/sessions';
export const CENSUS_PATH = '/drover/census';
export const RUNS_PATH = '/drover/runs';
export const FENCES_PATH = '/drover/fences';

/** The ephemeral key that stands for one term of the primary: epochs are never used twice. */
export function termPath(epoch: number): string {
  return documentPath('term', { term: String(epoch).padStart(10, '0') });
}

/** The operation that ties a transaction to a term: its key stands exactly as long as nobody else can lead. */
export function termGuard(epoch: number): Write {
  return { op: 'check', path: termPath(epoch), version: 0 };
}

/** The epoch that a term key is named by, or undefined for any name that {@link termPath} does not give. */
export function termEpoch(name: string): number | undefined {
  const epoch = /^\d{10,15}$/.test(name) ? Number(name) : NaN;
  return termPath(epoch).endsWith(`/${name}`) ? epoch : undefined;
}
