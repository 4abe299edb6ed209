import { readFileSync } from 'node:fs';
import t from 'tap';
import {
  DOCUMENT_FOLDERS,
  DOCUMENT_PATHS,
  PUBLIC_KEYS,
  SCHEMA_VERSION,
  VM_STATES,
} from '../../../lib/tree/index.js';

const page = readFileSync('docs/store.md', 'utf8');

void t.test('docs/store.md shows every key of the public tree with its form, and no other', (t) => {
  const rows = [...page.matchAll(/^\| `(\/(?!drover)[^`]*)` \| (.*?) \|/gm)].map(([, path, holds]) => [
    path,
    holds,
  ]);
  const keys = PUBLIC_KEYS.map(({ pattern, codec, fill, required }) => {
    const byDefault = fill === '' ? '' : `, \`${fill}\` by default`;
    return [pattern, `${codec.expected}${byDefault}${required ? ' **(needed)**' : ''}`];
  });
  t.same(rows.sort(), keys.sort());
  t.match(page, `schema ${SCHEMA_VERSION}`);
  t.end();
});

void t.test('docs/store.md shows every document with its schema, and every folder', (t) => {
  const rows = [...page.matchAll(/^\| `(\/drover[^`]*)` \| `([^`]*)` \|/gm)].map(([, path, kind]) => [
    path,
    kind,
  ]);
  t.same(
    rows.sort(),
    Object.entries(DOCUMENT_PATHS)
      .map(([kind, path]) => [path, kind])
      .sort(),
  );
  for (const folder of DOCUMENT_FOLDERS) t.ok(page.includes(`\`${folder}\``), folder);
  t.end();
});

void t.test('docs/store.md explains every state of a VM', (t) => {
  const [, states = ''] = page.split('### States of a VM');
  for (const state of VM_STATES) t.ok(states.includes(`\`${state}\``), state);
  t.end();
});
