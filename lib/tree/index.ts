export { DOCUMENT_FOLDERS, DOCUMENT_PATHS, type DocumentFolder, documentPath } from './document-paths.js';
export { decodeDocument, DOCUMENT_READS, type DocumentInput, encodeDocument } from './documents.js';
export { component, componentFault, type ParamArgs, type Params } from './pattern.js';
export { ensureFolders } from './founding.js';
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
export { bytesOf, utf8 } from './text.js';
