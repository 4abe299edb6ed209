import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import t from 'tap';
import { DOCUMENT_KINDS, type DocumentKind } from '../../../schemas/index.js';
import { jsonSchemaFiles } from '../../../schemas/json.js';
import { DOCUMENT_EXAMPLES } from '../../support/documents.js';

const folder = join('schemas', 'json');

function validator(kind: DocumentKind) {
  const text = readFileSync(join(folder, `${kind}.schema.json`), 'utf8');
  return new Ajv2020({ strict: true, allErrors: true }).compile(JSON.parse(text) as object);
}

void t.test('the files in schemas/json are what the sources say', (t) => {
  const files = jsonSchemaFiles();
  t.same(readdirSync(folder).sort(), [...files.keys()].sort(), 'run `npm run schemas`');
  for (const [name, text] of files) t.equal(readFileSync(join(folder, name), 'utf8'), text, name);
  t.end();
});

void t.test('every kind has an identity and says what it is', (t) => {
  const ids = new Set<unknown>();
  const files = jsonSchemaFiles();
  for (const kind of DOCUMENT_KINDS) {
    const schema = JSON.parse(files.get(`${kind}.schema.json`) ?? '') as Record<string, unknown>;
    ids.add(schema['$id']);
    t.match(schema, { $schema: /2020-12/, title: /^\w/, description: /\.$/, additionalProperties: true });
  }
  t.equal(ids.size, DOCUMENT_KINDS.length);
  t.end();
});

for (const kind of DOCUMENT_KINDS) {
  void t.test(`${kind}: the schema accepts the examples and refuses each without one of its fields`, (t) => {
    const validate = validator(kind);
    for (const example of DOCUMENT_EXAMPLES[kind]) {
      t.ok(validate(example), JSON.stringify(validate.errors));
      t.ok(validate({ ...example, later: { of: ['a', 'version'] } }), 'unknown fields are allowed');
    }
    const [first] = DOCUMENT_EXAMPLES[kind];
    for (const name of (validate.schema as { required: string[] }).required) {
      const without = Object.fromEntries(Object.entries(first).filter(([key]) => key !== name));
      t.notOk(validate(without), `without ${name}`);
    }
    t.end();
  });
}
