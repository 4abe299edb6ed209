import { Ajv2020 } from 'ajv/dist/2020.js';
import t from 'tap';
import { bytesOf } from '../../../lib/tree/index.js';
import { ApiWorld } from '../../support/api-world.js';

interface Operation {
  readonly summary: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: object }[];
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, { readonly schema: object }>> }>
  >;
  readonly 'x-scope'?: string;
}
interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

async function described() {
  const world = await ApiWorld.open();
  return { world, document: (await world.get('/openapi.json')).body as Document };
}

const NAMES: Readonly<Record<string, string>> = {
  vm: 'vm1',
  node: 'pv1',
  fault: 'CEPH_OSD_OUT_0',
  pool: 'vms',
  volume: 'vm1_vda',
  snapshot: 'manual1',
};

void t.test('each GET answers as the document says', async (t) => {
  const { world, document } = await described();
  // Without one there is a 404, as PVC answers.
  const benchmark = { v: 1, format: 2, state: 'done' };
  await world.write(
    new Map(
      Object.entries({
        '/drover': '',
        '/drover/benchmarks': '',
        '/drover/benchmarks/b': JSON.stringify(benchmark),
        '/drover/benchmarks/b/seq_read': JSON.stringify({ v: 1, result: { jobs: [] } }),
      }).map(([path, text]) => [path, bytesOf(text)]),
    ),
  );
  const ajv = new Ajv2020({ strict: true, allErrors: true });
  const paths = Object.entries(document.paths).flatMap(([path, { get }]) =>
    get === undefined ? [] : [[path, get] as const],
  );
  t.ok(paths.length > 25);
  // There is no such task, and what backups there are is the result of one.
  const tasks = ['/tasks/{task}', '/vm/backups'];
  for (const [path, { responses }] of paths.filter(([at]) => !tasks.includes(at))) {
    if (responses['501'] !== undefined) continue;
    const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => NAMES[name] ?? '');
    const { status, body } = await world.get(url);
    t.equal(status, 200, url);
    const validate = ajv.compile(responses['200']?.content['application/json']?.schema ?? false);
    t.ok(validate(body), `${url}: ${ajv.errorsText(validate.errors)}`);
  }
});

void t.test(
  'every operation is whole: schemas compile, names in paths are parameters, scopes are known',
  async (t) => {
    const { document } = await described();
    const ajv = new Ajv2020({ strict: true });
    const scopes = new Set<unknown>();
    for (const [path, operations] of Object.entries(document.paths))
      for (const [method, { summary, parameters, ...operation }] of Object.entries(operations)) {
        for (const { schema } of parameters) ajv.compile(schema);
        t.match(summary, /\.$/, `${method} ${path}`);
        const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
        t.same(
          parameters.filter((one) => one.in === 'path').map(({ name }) => name),
          named,
          path,
        );
        scopes.add(operation['x-scope']);
      }
    t.same([...scopes].sort(), ['admin', 'operate', 'read', undefined]);
  },
);
