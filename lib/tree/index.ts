export { DECIMAL, type Codec, type Decimal, decimal, JSON_OBJECT, type Json, json } from './codec.js';
export { type Contender, contenderOf, contendersOf, withoutContenders } from './contender.js';
export {
  DOCUMENT_FOLDERS,
  DOCUMENT_PATHS,
  type DocumentFolder,
  documentPath,
  OBJECT_FOLDERS,
} from './document-paths.js';
export { decodeDocument, DOCUMENT_READS, type DocumentInput, encodeDocument } from './documents.js';
export { createDomain, decodeDomain, type Domain, type NewDomain } from './domain.js';
export {
  DAEMON_STATES,
  type DaemonState,
  MIGRATION_METHODS,
  type MigrationMethod,
  NODE_DOMAIN_STATES,
  NODE_MODES,
  type NodeDomainState,
  type NodeMode,
  ROUTER_STATES,
  type RouterState,
  type Selector,
  SELECTORS,
  type SnapshotName,
  type StaticData,
  VM_STATES,
  type VmState,
  type VolumeName,
} from './forms.js';
export { type Reading, sound } from './group.js';
export { type GroupName, PUBLIC_KEYS, type PublicKey } from './groups/index.js';
export { type Keys, readKeys } from './keys.js';
export { includedInBackup, isEphemeralExpected } from './keeping.js';
export { localTime } from './local-time.js';
export {
  createObject,
  decodeKey,
  decodeObject,
  encodeKey,
  encodeObject,
  keyPath,
  type NewObject,
  objectPath,
  type TreeKey,
  type TreeNames,
  type TreeObject,
  type TreeValue,
} from './object.js';
export { type Identified, parsePath } from './parse.js';
export { component, componentFault, type ParamArgs, type Params } from './pattern.js';
export { ensureFolders } from './founding.js';
export { publish } from './publish.js';
export { type Decoded, type Problem, problemError } from './problem.js';
export {
  ephemeralRecord,
  type MaybeRecorded,
  type Recorded,
  readRecord,
  recordOf,
  type RecordUpdate,
  tryReadRecord,
  tryRecordOf,
  updateRecord,
  writeRecord,
} from './record.js';
export {
  createTree,
  decodeTree,
  encodeTree,
  type PublicTree,
  SCHEMA_VERSION,
  type SchemaAccess,
  schemaAccess,
} from './public-tree.js';
export { removalOf } from './removal.js';
export { type Subtree, subtree } from './subtree.js';
export { bytesOf, utf8 } from './text.js';
export { GuardedStore, SCHEMA_FAULT } from './guarded-store.js';
