import { readFileSync } from 'node:fs';
import t from 'tap';
import { TASK_ARGUMENTS } from '../../../schemas/index.js';

/** The kinds, as JSON has their schemas. */
const KINDS = JSON.parse(JSON.stringify(TASK_ARGUMENTS)) as Readonly<Record<string, Described>>;
const PAGE = readFileSync('docs/tasks.md', 'utf8');

interface Described {
  readonly description?: string;
  readonly properties?: object;
  readonly required?: readonly string[];
}

void t.test('docs/tasks.md has the table of kinds as it is', (t) => {
  const rows = Object.entries(KINDS).map(([kind, schema]) => {
    const { properties = {}, required = [], description = '' } = schema;
    const names = Object.keys(properties).map((name) =>
      required.includes(name) ? `**\`${name}\`**` : `\`${name}\``,
    );
    return `| \`${kind}\` | ${names.join(', ')} | ${description} |`;
  });
  const table = ['| Kind | Arguments | What it does |', '|---|---|---|', ...rows].join('\n');
  const shown = /<!-- kinds -->\n\n([^]*?)\n\n<!-- end of kinds -->/.exec(PAGE)?.[1] ?? '';
  t.equal(shown, table);
  t.end();
});

void t.test('the requests in the page are requests of kinds that there are', (t) => {
  const requests = [...PAGE.matchAll(/^create \/drover\/tasks\/(\S+) '(\{.*\})'$/gm)].filter(
    ([, path]) => path?.includes('/') === false,
  );
  t.ok(requests.length >= 6);
  for (const [line, id, text] of requests) {
    const request = JSON.parse(text ?? '') as { id: string; kind: string; args: Record<string, unknown> };
    t.equal(request.id, id, line);
    const schema = KINDS[request.kind];
    const known = Object.keys(schema?.properties ?? {});
    t.same(
      Object.keys(request.args).filter((name) => !known.includes(name)),
      [],
      line,
    );
    t.same(
      (schema?.required ?? []).filter((name) => !(name in request.args)),
      [],
      line,
    );
  }
  t.end();
});
