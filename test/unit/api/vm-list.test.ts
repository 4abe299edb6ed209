import t from 'tap';
import type { Vm } from '../../../schemas/api.js';
import { treeWith } from '../../support/api-tree.js';
import { ApiWorld } from '../../support/api-world.js';

const uuid = (n: number) => `0000000${n}-0000-1000-8000-000000000000`;
const VMS = [
  { uuid: uuid(1), name: 'web2', keys: { '/state': 'start', '/tags/a': 'a' } },
  { uuid: uuid(2), name: 'web1', keys: { '/state': 'start', '/node': 'pv2' } },
  {
    uuid: uuid(3),
    name: 'db1',
    keys: { '/state': 'mirror', '/node': 'pv2', '/tags/a': 'a', '/tags/b': 'b' },
  },
];

async function lister() {
  const world = await ApiWorld.open(treeWith(VMS));
  return async (query: string) => {
    const { status, body } = await world.get(`/vm${query}`);
    return status === 200 ? (body as Vm[]).map(({ name }) => name) : status;
  };
}

void t.test('VMs are listed by name, and narrowed by each condition', async (t) => {
  const list = await lister();
  t.same(await list(''), ['db1', 'web1', 'web2']);
  t.same(await list('?limit=web'), ['web1', 'web2'], 'a part of the name');
  t.same(await list('?limit=%5Eweb.*2$'), ['web2']);
  t.same(await list('?limit=1'), ['db1', 'web1']);
  t.same(await list(`?limit=${uuid(2)}`), ['web1'], 'a UUID of any version');
  t.same(await list('?node=pv2'), ['db1', 'web1']);
  t.same(await list('?state=start'), ['web1', 'web2']);
  t.same(await list('?tag=a'), ['db1', 'web2']);
  t.same(await list('?state=start&node=pv2'), ['web1'], 'all conditions hold');
});

void t.test('negate turns each condition round', async (t) => {
  const list = await lister();
  t.same(await list('?state=start&negate=true'), ['db1']);
  t.same(await list('?node=pv2&tag=b&negate=yes'), ['web2']);
  t.same(await list('?limit=web&negate=1'), ['db1']);
});

void t.test('narrowed to nothing is 404, as PVC has it; an empty cluster is an empty list', async (t) => {
  const list = await lister();
  t.equal(await list('?tag=nobody'), 404);
  const empty = await ApiWorld.open(treeWith([]));
  t.same((await empty.get('/vm')).body, []);
});

void t.test('a state that is none, and a limit that is no pattern, are 400', async (t) => {
  const world = await ApiWorld.open(treeWith(VMS));
  const state = await world.get('/vm?state=sideways');
  t.equal(state.status, 400);
  t.match(state.body, { message: { state: /one of start, / } });
  const limit = await world.get('/vm?limit=%5Bopen');
  t.equal(limit.status, 400);
  t.match(limit.body, { message: /^limit '\[open'/ });
});
