export type { Alarm, Clock } from './clock.js';
export type { Files } from './files.js';
export type {
  CephSecret,
  DiskStats,
  Domain,
  DomainEvent,
  DomainProcess,
  DomainState,
  DomainStats,
  Hypervisor,
  HypervisorCall,
  Migration,
  MigrationProgress,
  NetworkStats,
} from './hypervisor.js';
export type { ImageLoad, LoadJob } from './load.js';
export type { Bmc, Power } from './power.js';
export {
  type Command,
  CommandFailure,
  commandFailureOf,
  type CommandResult,
  type PipeOptions,
  type Processes,
} from './processes.js';
export {
  type CallOptions,
  type Children,
  type CommitOptions,
  Conflict,
  conflictOf,
  type ConflictReason,
  type CreateMode,
  type Entry,
  type Session,
  type SessionState,
  type Stat,
  type Store,
  type Watch,
  type Write,
  type Written,
} from './store.js';
export type {
  Image,
  ImageName,
  ImageSnapshot,
  Pool,
  Storage,
  StorageCall,
  StorageReport,
  Trashed,
  Watcher,
} from './storage.js';
export type { Digest, Directories } from './directories.js';
export type { Peer, PeerCall } from './peer.js';
export type { Flows } from './flows.js';
export type { ImageStreams } from './image-streams.js';
export type { ImageFiles } from './image-files.js';
export type { Letter, Mailer } from './mailer.js';
