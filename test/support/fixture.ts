import { readFileSync } from 'node:fs';
import { bytesOf } from '../../lib/tree/index.js';

/** The recorded store of a running PVC 1.0.3 cluster: path → bytes. */
export function storeFixture(): Map<string, Uint8Array> {
  const text = readFileSync('test/fixtures/pvc/store-tree.json', 'utf8');
  const values = JSON.parse(text) as Record<string, string>;
  return new Map(Object.entries(values).map(([path, value]) => [path, bytesOf(value)]));
}
