import t from 'tap';
import { DroverError } from '../../../lib/core/index.js';
import { ApiWorld, TOKENS } from '../../support/api-world.js';

void t.test('an unknown route is 404 in JSON', async (t) => {
  const world = await ApiWorld.open();
  const { status, headers, body } = await world.get('/nowhere?token=secret');
  t.equal(status, 404);
  t.match(headers['content-type'], /^application\/json/);
  t.same(body, {
    message: 'GET /api/v1/nowhere: not found: the API has no such route (see /api/v1/openapi.json)',
  });
});

void t.test('what is not ours is 501 in JSON, for those who may ask', async (t) => {
  const world = await ApiWorld.open();
  const rows = [
    ['GET', '/network'],
    ['POST', '/network/100/acl'],
    ['GET', '/provisioner/template'],
    ['GET', '/sriov/pf'],
    ['POST', '/storage/ceph/osd'],
    ['DELETE', '/storage/ceph/osd/0'],
    ['POST', '/storage/ceph/pool'],
  ] as const;
  for (const [method, path] of rows) {
    const { status, body } = await world.ask(method, path);
    t.equal(status, 501, `${method} ${path}`);
    t.match(body, { message: /not part of Drover/ });
  }
  t.equal((await world.get('/network', { headers: {} })).status, 401);
});

void t.test('a body of another form is 415', async (t) => {
  const world = await ApiWorld.open();
  const { status, body } = await world.ask('POST', '/vm', {
    headers: { 'x-api-key': TOKENS.admin, 'content-type': 'application/json' },
    payload: '{"xml":"<domain/>"}',
  });
  t.equal(status, 415);
  t.match(body, { message: /application\/x-www-form-urlencoded/ });
});

void t.test(
  'an error of a use case has the status of the table, its sentence without double quotes',
  async (t) => {
    const world = await ApiWorld.open();
    world.recording.answer = new DroverError('REFUSED', {
      object: 'VM vm1',
      reason: 'it is a mirror of "site2"',
      remedy: 'promote it there: drover mirror promote vm1',
    });
    const { status, body } = await world.form('POST', '/vm/vm1/state', { state: 'start' });
    t.equal(status, 409);
    t.same(body, {
      message: "VM vm1: refused: it is a mirror of 'site2' (promote it there: drover mirror promote vm1)",
    });
  },
);

void t.test('a mistake of ours is logged whole and tells only its request', async (t) => {
  const world = await ApiWorld.open();
  const mistake = new TypeError('secret of the inside');
  world.recording.answer = mistake;
  const { status, body } = await world.form('POST', '/vm/vm1/state', { state: 'start' });
  t.equal(status, 500);
  const { message } = body as { message: string };
  t.notMatch(message, /secret/);
  const [line] = world.logged.filter(({ level }) => level === 'error');
  t.match(line?.fields, { error: mistake });
  t.match(message, (line?.fields as { request: string }).request);
});

void t.test('M53 the log names the route, never the query', async (t) => {
  const world = await ApiWorld.open();
  await world.get('/vm/vm1/state?destination_api_key=hidden');
  const [line] = world.logged;
  t.match(line, {
    level: 'debug',
    fields: { method: 'GET', route: '/api/v1/vm/:vm/state', status: 200, by: 'admin' },
  });
  t.notMatch(JSON.stringify(world.logged), /hidden/);
});

void t.test('a store that does not answer is 503, and the API goes on', async (t) => {
  const world = await ApiWorld.open();
  await world.store.close();
  const { status, body } = await world.get('/vm');
  t.equal(status, 503);
  t.match(body, { message: /\w/ });
  t.equal((await world.get('/')).status, 200);
});

void t.test('names that no key can have are refused or not found, never a way out of the tree', async (t) => {
  const world = await ApiWorld.open();
  for (const path of [
    '/storage/ceph/volume/vms/%2e%2e%2fvms',
    '/storage/ceph/volume/..%2f..%2fnodes/x',
    '/vm/..%2fnodes',
  ])
    t.ok([400, 404].includes((await world.get(path)).status), path);
  t.ok(
    world.reads.every((path) => !path.includes('..') && !path.includes('ipmi')),
    'nothing outside was read',
  );
  const long = await world.get(`/vm/${'x'.repeat(300)}`);
  t.equal(long.status, 414, 'a name that is too long');
  t.match(long.body, { message: /\w/ });
});
