import fc from 'fast-check';
import t from 'tap';
import { DOCUMENT_KINDS } from '../../../schemas/index.js';
import {
  bytesOf,
  decodeDocument,
  DOCUMENT_FOLDERS,
  OBJECT_FOLDERS,
  DOCUMENT_PATHS,
  documentPath,
  encodeDocument,
  problemError,
  utf8,
} from '../../../lib/tree/index.js';
import { problemOf, valueOf } from '../../support/decoded.js';
import { DOCUMENT_EXAMPLES } from '../../support/documents.js';

const path = '/drover/somewhere';

void t.test('every example of every kind comes back as it was', (t) => {
  for (const kind of DOCUMENT_KINDS)
    for (const example of DOCUMENT_EXAMPLES[kind])
      t.same(decodeDocument(kind, encodeDocument(kind, example), path), { ok: true, value: example }, kind);
  t.end();
});

void t.test('unknown fields are kept, at every depth, and the next version is read', (t) => {
  const text =
    '{"v":2,"epoch":1,"holders":[{"node":"a","boot":"b","role":"run","since":1,"x":1}],"edges":[],"y":{"z":2}}';
  const run = valueOf(decodeDocument('run', bytesOf(text), path));
  t.same(JSON.parse(new TextDecoder().decode(encodeDocument('run', run))), {
    ...(JSON.parse(text) as object),
    v: 1,
  });
  t.end();
});

void t.test('a version beyond the next one is a problem', (t) => {
  for (const v of [0, 3, 1.5, -1, '1', null]) {
    const read = decodeDocument(
      'cluster',
      bytesOf(JSON.stringify({ ...DOCUMENT_EXAMPLES.cluster[0], v })),
      path,
    );
    t.match(read, { ok: false, problem: { path, expected: 'a cluster document', found: /version|\/v / } });
  }
  t.end();
});

void t.test('a problem names the field, and is an error of the table', (t) => {
  const bytes = bytesOf('{"v":1,"node":"hv1","epoch":"12","since":0}');
  const problem = problemOf(decodeDocument('leader', bytes, path));
  t.equal(problem.found, '/epoch must be integer');
  t.match(problemError(problem), { code: 'TREE_UNREADABLE', object: path });
  t.end();
});

void t.test('a writer cannot write what no reader takes', (t) => {
  t.throws(() => encodeDocument('handover', { to: '', until: 1 }), { code: 'BAD_INPUT' });
  t.end();
});

void t.test('garbage is a problem that names the path, never an exception', (t) => {
  const garbage = fc.oneof(
    fc.uint8Array(),
    fc.json().map(bytesOf),
    fc
      .record({ v: fc.constantFrom(1, 2), epoch: fc.anything() })
      .map((value) => bytesOf(JSON.stringify(value))),
  );
  fc.assert(
    fc.property(fc.constantFrom(...DOCUMENT_KINDS), garbage, (kind, bytes) => {
      const read = decodeDocument(kind, bytes, path);
      return read.ok ? utf8(bytes, path).ok : read.problem.path === path && read.problem.found.length <= 80;
    }),
    { numRuns: 2000 },
  );
  t.end();
});

void t.test('paths of documents', (t) => {
  t.equal(documentPath('cluster'), '/drover/cluster');
  t.equal(documentPath('task-claim', { id: 'x-1' }), '/drover/tasks/x-1/claim');
  t.equal(documentPath('benchmark-test', { job: 'j', test: 'seq_read' }), '/drover/benchmarks/j/seq_read');
  for (const node of ['', '.', '..', 'a/b', 'a\0b', 'a\nb', '\ud800'])
    t.throws(() => documentPath('session', { node }), { code: 'BAD_INPUT' }, JSON.stringify(node));
  t.end();
});

void t.test('every document has its folder', (t) => {
  const documents = new Set<string>(Object.values(DOCUMENT_PATHS));
  for (const pattern of documents) {
    const parent = pattern.slice(0, pattern.lastIndexOf('/'));
    const folders: readonly string[] = [...DOCUMENT_FOLDERS, ...OBJECT_FOLDERS];
    t.ok(documents.has(parent) || folders.includes(parent), pattern);
  }
  t.end();
});
