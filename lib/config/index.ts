export { type Note, problemText, type Problem } from './complaint.js';
export type {
  ApiToken,
  BackupTarget,
  ClientTls,
  Configuration,
  Ipmi,
  MailReport,
  MirrorPeer,
  NetworkSettings,
  ReportWhen,
  Schedule,
} from './configuration.js';
export { CONFIG_FILE, loadConfiguration, requireConfiguration } from './load.js';
export { controllerOf, nodeHost, type NodeIdentity, nodeOf } from './node.js';
export type { NetworkName } from './placement.js';
export { type ConfigKind, readConfiguration, type Reading, type ReadOptions } from './read.js';
export { pvcKeyTable, referenceTable } from './reference.js';
export { Secret } from './secret.js';
