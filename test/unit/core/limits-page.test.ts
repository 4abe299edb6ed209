import { readFileSync } from 'node:fs';
import t from 'tap';
import { LIMITS } from '../../../lib/core/index.js';

void t.test('docs/architecture.md shows the table of limits as it is', (t) => {
  const page = readFileSync('docs/architecture.md', 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)` \| (\d+) \|$/gm)].map(([, name, value]) => [
    name,
    Number(value),
  ]);
  t.same(Object.fromEntries(rows), LIMITS);
  t.end();
});
