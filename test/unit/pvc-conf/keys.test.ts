import { readFileSync } from 'node:fs';
import t from 'tap';
import { readConfiguration } from '../../../lib/config/index.js';
import { PVC_KEYS } from '../../../lib/pvc/index.js';
import { configSchema } from '../../../schemas/config.js';

const KEYS = readFileSync('test/fixtures/config/pvc-keys.txt', 'utf8').trimEnd().split('\n');
const FULL = readFileSync('test/fixtures/config/pvc.conf', 'utf8');

void t.test('N46 every key that PVC reads is mapped, or named with the reason why it has no effect', (t) => {
  const { kind, problems, notes } = readConfiguration(FULL, { file: '/etc/pvc/pvc.conf' });
  t.equal(kind, 'pvc');
  t.same(problems, []);
  for (const key of KEYS) {
    const row = PVC_KEYS.find((one) => one.key === key);
    t.ok(row, `${key} is in the table`);
    const told = new RegExp(`^${key.replaceAll('.', '\\.').replace(/\\.\*/g, '(\\[\\d+\\]|\\.[a-z]+)')}$`);
    const note = notes.find((one) => told.test(one.key));
    t.ok(note, `${key} is told of when it is in the file`);
    t.equal(note?.effect, row !== undefined && 'to' in row ? 'mapped' : 'none', key);
    t.ok((note?.text ?? '').length > 5, key);
  }
  t.end();
});

void t.test('the table has no key that PVC does not read', (t) => {
  t.same(PVC_KEYS.map(({ key }) => key).sort(), [...KEYS].sort());
  t.end();
});

void t.test('every key that the table maps to is one of ours', (t) => {
  interface Shape {
    readonly properties?: Record<string, Shape>;
    readonly additionalProperties?: Shape | boolean;
    readonly items?: Shape;
  }
  const find = (shape: Shape | undefined, part: string): Shape | undefined => {
    const below = typeof shape?.additionalProperties === 'object' ? shape.additionalProperties : undefined;
    return shape?.properties?.[part] ?? below ?? (part === '*' ? shape?.items : undefined);
  };
  const schema = JSON.parse(JSON.stringify(configSchema)) as Shape;
  for (const row of PVC_KEYS) {
    if (!('to' in row)) continue;
    for (const target of row.to) {
      const found = target.split('.').reduce<Shape | undefined>(find, schema);
      t.ok(found, `${row.key} → ${target}`);
    }
  }
  t.end();
});
