import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import t from 'tap';
import { parseDuration, parseRate, parseSize } from '../../../lib/text/index.js';
import { FORMS } from '../../../schemas/config/form.js';
import { configSchema } from '../../../schemas/config.js';

const READERS = [
  ['time', parseDuration],
  ['size', parseSize],
  ['rate', parseRate],
] as const;

for (const [form, read] of READERS) {
  void t.test(`whatever the schema admits as a ${form} is read`, (t) => {
    // fast-check makes no text from a pattern that looks ahead: here the look only refuses the empty text.
    const texts = fc
      .stringMatching(new RegExp(FORMS[form].pattern.replace('(?=\\d)', '')))
      .filter((text) => text !== '');
    fc.assert(fc.property(texts, (text) => typeof read(text) === 'number'));
    t.end();
  });
}

void t.test('every example of a form has that form', (t) => {
  for (const [name, form] of Object.entries(FORMS)) {
    if (!('pattern' in form)) continue;
    for (const example of form.examples) t.match(example, new RegExp(form.pattern, 'u'), name);
  }
  t.end();
});

void t.test('the schema alone is plain JSON Schema, and its defaults satisfy it', (t) => {
  const plain = JSON.parse(JSON.stringify(configSchema)) as object;
  const validate = new Ajv2020({ strict: true, useDefaults: true, allErrors: true }).compile(plain);
  const document = { cluster: { name: 'a', coordinators: { hv1: 'hv1' } } };
  t.ok(validate(document), JSON.stringify(validate.errors));
  t.equal((document as { timers?: { keepalive: string } }).timers?.keepalive, '5s');
  t.end();
});

void t.test('every key says what it is', (t) => {
  const visit = (shape: object, path: string): void => {
    const { properties = {}, description } = shape as {
      properties?: Record<string, object>;
      description?: string;
    };
    t.match(description, /^[A-Z].*\.$/s, path);
    for (const [key, inner] of Object.entries(properties)) visit(inner, `${path}.${key}`);
  };
  visit(configSchema, '');
  t.end();
});
