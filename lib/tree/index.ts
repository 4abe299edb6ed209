export { DOCUMENT_FOLDERS, DOCUMENT_PATHS, type DocumentFolder, documentPath } from './document-paths.js';
export { decodeDocument, DOCUMENT_READS, type DocumentInput, encodeDocument } from './documents.js';
export { component, componentFault, type ParamArgs, type Params } from './pattern.js';
export { type Decoded, type Problem, problemError } from './problem.js';
export { bytesOf, utf8 } from './text.js';
