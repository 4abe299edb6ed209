import { readFileSync } from 'node:fs';
import t from 'tap';
import { ApiWorld } from '../../support/api-world.js';

type Paths = Readonly<
  Record<string, Readonly<Record<string, { readonly summary: string; readonly 'x-scope'?: string }>>>
>;

void t.test('docs/api.md shows the table of routes as it is', async (t) => {
  const world = await ApiWorld.open();
  const { paths } = (await world.get('/openapi.json')).body as { paths: Paths };
  const rows = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { summary }]) => !summary.startsWith('Not part of Drover'))
      .map(
        ([method, row]) =>
          `| \`${method.toUpperCase()} ${path}\` | ${row['x-scope'] ?? '–'} | ${row.summary} |`,
      ),
  );
  const page = readFileSync('docs/api.md', 'utf8');
  t.same(
    page.split('\n').filter((line) => /^\| `[A-Z]+ \/[^`]*` \| (read|operate|admin|–) \| /.test(line)),
    rows,
  );
});
