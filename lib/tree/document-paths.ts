import type { DocumentKind } from '../../schemas/index.js';
import { fill, type ParamArgs } from './pattern.js';

/** Where the documents of each kind are; a node's memory and the manifest of a backup are files, not keys. */
export const DOCUMENT_PATHS = {
  cluster: '/drover/cluster',
  session: '/drover/sessions/{node}',
  census: '/drover/census/{node}',
  'election-epoch': '/drover/election/epoch',
  leader: '/drover/election/leader',
  term: '/drover/election/epoch/{term}',
  handover: '/drover/election/handover',
  run: '/drover/runs/{uuid}',
  ops: '/drover/ops/{uuid}',
  task: '/drover/tasks/{id}',
  'task-status': '/drover/tasks/{id}/status',
  'task-claim': '/drover/tasks/{id}/claim',
  'task-cancel': '/drover/tasks/{id}/cancel',
  schedule: '/drover/schedules/{name}',
  policy: '/drover/policy/{uuid}',
  placement: '/drover/placement',
  point: '/drover/points/{uuid}/{point}',
  mirror: '/drover/mirrors/{uuid}',
  receive: '/drover/receives/{id}',
  fence: '/drover/fences/{node}',
  benchmark: '/drover/benchmarks/{job}',
  'benchmark-test': '/drover/benchmarks/{job}/{test}',
  history: '/drover/history/{entry}',
} as const satisfies Record<Exclude<DocumentKind, 'memory' | 'backup-manifest'>, string>;

type Paths = typeof DOCUMENT_PATHS;

/** The path of one document: `documentPath('run', { uuid })`. BAD_INPUT when a name cannot be a key. */
export function documentPath<K extends keyof Paths>(kind: K, ...[params]: ParamArgs<Paths[K]>): string {
  return fill(DOCUMENT_PATHS[kind], params ?? {});
}

/** The folders that hold documents, parents first: empty keys that must exist before any document. */
export const DOCUMENT_FOLDERS = [
  '/drover',
  '/drover/sessions',
  '/drover/census',
  '/drover/election',
  '/drover/runs',
  '/drover/ops',
  '/drover/tasks',
  '/drover/schedules',
  '/drover/policy',
  '/drover/points',
  '/drover/mirrors',
  '/drover/receives',
  '/drover/fences',
  '/drover/benchmarks',
  '/drover/history',
] as const;

/** Folders of one object's documents, made with the first of them. */
export const OBJECT_FOLDERS = ['/drover/points/{uuid}'] as const;

export type DocumentFolder = (typeof DOCUMENT_FOLDERS)[number];
