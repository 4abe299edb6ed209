import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import t from 'tap';
import { DOCUMENT_KINDS, type DocumentKind, TASK_ARGUMENTS } from '../../../schemas/index.js';
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

void t.test('every schema has an identity and says what it is', (t) => {
  const ids = new Set<unknown>();
  for (const [name, text] of jsonSchemaFiles()) {
    if (name === 'config.schema.json') continue;
    const schema = JSON.parse(text) as Record<string, unknown>;
    ids.add(schema['$id']);
    t.match(schema, { $schema: /2020-12/, title: /^\w/, description: /\.$/ }, name);
    // Documents keep what they do not know; a misspelt argument must not be lost without a word.
    t.equal(schema['additionalProperties'], !name.startsWith('arguments.'), name);
  }
  t.equal(ids.size, DOCUMENT_KINDS.length + Object.keys(TASK_ARGUMENTS).length);
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

for (const kind of Object.keys(TASK_ARGUMENTS))
  void t.test(`${kind}: the arguments have a schema that any validator takes`, (t) => {
    const text = readFileSync(join(folder, `arguments.${kind}.schema.json`), 'utf8');
    const validate = new Ajv2020({ strict: true, allErrors: true }).compile(JSON.parse(text) as object);
    t.notOk(validate({ mispelt: 1 }));
    t.notOk(validate([]));
    t.end();
  });
