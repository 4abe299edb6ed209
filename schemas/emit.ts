/** Writes `schemas/json/*.schema.json`, the JSON Schemas for everybody who does not read TypeScript. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jsonSchemaFiles } from './json.js';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = join(root, 'schemas', 'json');
const files = jsonSchemaFiles();

mkdirSync(folder, { recursive: true });
for (const name of readdirSync(folder)) if (!files.has(name)) rmSync(join(folder, name));
for (const [name, text] of files) writeFileSync(join(folder, name), text);
