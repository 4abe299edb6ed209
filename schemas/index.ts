import { BackupManifest } from './backup.js';
import { CensusReport, Cluster, NodeMemory, Session } from './cluster.js';
import { ElectionEpoch, Handover, Leader, Term } from './election.js';
import type { Value } from './parts.js';
import { Benchmark, BenchmarkTest, HistoryEntry } from './record.js';
import { Point } from './point.js';
import { Ops, Run } from './run.js';
import { Schedule, Task, TaskCancel, TaskClaim, TaskStatus } from './task.js';
import { Fence, Mirror, Placement, Policy, Receive } from './vm.js';

export { BackupManifest } from './backup.js';
export { CensusReport, Cluster, NodeMemory, Remembered, Session } from './cluster.js';
export { ElectionEpoch, Handover, Leader, Term } from './election.js';
export { DOCUMENT_VERSION, type DocumentSchema, type Immutable, type Value } from './parts.js';
export { Benchmark, BenchmarkTest, HistoryEntry } from './record.js';
export { Point, VmMeta } from './point.js';
export { Edge, Holder, Ops, Run, Slot } from './run.js';
export { Schedule, Task, TaskCancel, TaskClaim, TaskProgress, TaskStatus } from './task.js';
export { type ArgumentsSchema, TASK_ARGUMENTS, taskArguments } from './arguments/index.js';
export { Fence, Mirror, Placement, Policy, Receive } from './vm.js';

/** Every kind of document in the Drover tree. The kind is also the name of the file in `schemas/json`. */
export const DOCUMENTS = {
  cluster: Cluster,
  session: Session,
  memory: NodeMemory,
  census: CensusReport,
  'election-epoch': ElectionEpoch,
  leader: Leader,
  term: Term,
  handover: Handover,
  run: Run,
  ops: Ops,
  task: Task,
  'task-status': TaskStatus,
  'task-claim': TaskClaim,
  'task-cancel': TaskCancel,
  schedule: Schedule,
  policy: Policy,
  placement: Placement,
  point: Point,
  mirror: Mirror,
  receive: Receive,
  fence: Fence,
  benchmark: Benchmark,
  'benchmark-test': BenchmarkTest,
  history: HistoryEntry,
  'backup-manifest': BackupManifest,
} as const;

export type DocumentKind = keyof typeof DOCUMENTS;

export const DOCUMENT_KINDS = Object.keys(DOCUMENTS) as DocumentKind[];

/** What a document of a kind holds. Fields beyond these are kept but have no type. */
export type DocumentOf<K extends DocumentKind> = Value<(typeof DOCUMENTS)[K]>;
