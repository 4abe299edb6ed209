import t from 'tap';
import { LIMITS } from '../../../lib/core/index.js';
import { ApiWorld, TOKENS } from '../../support/api-world.js';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

void t.test('what needs no token: root, primary, log-in, log-out, the description', async (t) => {
  const world = await ApiWorld.open();
  for (const path of ['/', '/status/primary_node', '/openapi.json'])
    t.equal((await world.get(path, { headers: {} })).status, 200, path);
  t.equal((await world.ask('POST', '/logout', { headers: {} })).status, 200);
});

void t.test('a missing, wrong, empty or partial token is 401', async (t) => {
  const world = await ApiWorld.open();
  t.equal((await world.get('/status', { headers: {} })).status, 401, 'missing');
  for (const key of ['', 'nope', TOKENS.admin.slice(0, -1), `${TOKENS.admin}x`, TOKENS.admin.toUpperCase()]) {
    const { status, body } = await world.get('/status', { headers: { 'x-api-key': key } });
    t.equal(status, 401, JSON.stringify(key));
    t.match(body, { message: /^X-Api-Key: / });
  }
  t.same(world.reads, [], 'nothing was read');
});

void t.test('M56 a token does what its scopes say', async (t) => {
  const world = await ApiWorld.open();
  const status = async (token: string, method: 'GET' | 'POST' | 'DELETE', path: string) =>
    (await world.ask(method, path, { headers: { 'x-api-key': token } })).status;
  const rows = [
    ['GET', '/vm', { reader: 200, operator: 200, mirror: 200, admin: 200 }],
    ['POST', '/vm/vm1/state?state=start', { reader: 403, operator: 200, mirror: 403, admin: 200 }],
    ['DELETE', '/vm/vm1', { reader: 403, operator: 403, mirror: 403, admin: 200 }],
  ] as const;
  for (const [method, path, expected] of rows)
    for (const who of ['reader', 'operator', 'mirror', 'admin'] as const)
      t.equal(await status(TOKENS[who], method, path), expected[who], `${who}: ${method} ${path}`);
  t.same(
    world.recording.calls.map(({ what }) => what),
    ['vms.setState', 'vms.setState', 'vms.remove'],
    'whoever may not reaches no use case',
  );
  t.same(
    world.recording.asked.map(({ by }) => by.name),
    ['operator', 'admin', 'admin'],
    'who asked is told',
  );
});

void t.test('M57 who asks is checked before the body is read', async (t) => {
  const world = await ApiWorld.open();
  const payload = 'x'.repeat(LIMITS.apiBodyBytes + 1);
  const stranger = await world.ask('POST', '/vm', { headers: FORM, payload });
  t.equal(stranger.status, 401, 'not 413');
  const reader = await world.ask('POST', '/vm', {
    headers: { ...FORM, 'x-api-key': TOKENS.reader },
    payload,
  });
  t.equal(reader.status, 403);
  const unknown = await world.ask('POST', '/nowhere', { headers: FORM, payload });
  t.equal(unknown.status, 404);
  const admin = await world.ask('POST', '/vm', { headers: { ...FORM, 'x-api-key': TOKENS.admin }, payload });
  t.equal(admin.status, 413);
});

async function logIn(world: ApiWorld, token: string) {
  const payload = new URLSearchParams({ token }).toString();
  const { status, headers } = await world.ask('POST', '/login', { headers: FORM, payload });
  return { status, cookie: String(headers['set-cookie']) };
}

void t.test('a log-in is a cookie with the scopes of its token, and ends', async (t) => {
  const world = await ApiWorld.open();
  const { status, cookie } = await logIn(world, TOKENS.reader);
  t.equal(status, 200);
  t.match(cookie, /^drover_login=.*; Path=\/api\/v1; Max-Age=43200; HttpOnly; SameSite=Strict$/);
  t.notMatch(cookie, TOKENS.reader);
  const [pair = ''] = cookie.split(';');
  const get = async (value: string) => (await world.get('/vm', { headers: { cookie: value } })).status;
  t.equal(await get(pair), 200);
  t.equal(await get(`other=1; ${pair}`), 200);
  const post = await world.ask('POST', '/status?state=true', { headers: { cookie: pair } });
  t.equal(post.status, 403, 'a reader stays a reader');
  const [name = '', until = '', signed = ''] = pair.slice('drover_login='.length).split('.');
  const forged = [
    `${Buffer.from('admin').toString('base64url')}.${until}.${signed}`,
    `${name}.${Number(until) + 1}.${signed}`,
    `${name}.${until}.`,
    `${name}.${until}.${'A'.repeat(signed.length)}`,
    'x',
  ];
  for (const value of forged) t.equal(await get(`drover_login=${value}`), 401, value);
  const strange = await world.get('/vm', { headers: { cookie: pair, 'x-api-key': 'wrong' } });
  t.equal(strange.status, 401, 'a wrong token is not made good by a cookie');
  await world.clock.advance(LIMITS.apiLoginMs);
  t.equal(await get(pair), 401, 'it has ended');
});

void t.test('M51 a log-in with an empty, partial or wrong token is refused', async (t) => {
  const world = await ApiWorld.open();
  for (const token of ['x', TOKENS.admin.slice(0, 3), `${TOKENS.admin} `]) {
    const { status, cookie } = await logIn(world, token);
    t.equal(status, 401, token);
    t.equal(cookie, 'undefined');
  }
  t.equal((await logIn(world, '')).status, 400, 'an empty one is no argument');
});

void t.test('an empty token in the configuration lets nobody in', async (t) => {
  const world = await ApiWorld.open(undefined, { tokens: [{ name: 'none', scopes: ['admin'], token: '' }] });
  t.equal((await world.get('/vm', { headers: { 'x-api-key': '' } })).status, 401);
});

void t.test('with TLS the cookie never travels without it', async (t) => {
  const world = await ApiWorld.open(undefined, { tls: true });
  t.match((await logIn(world, TOKENS.reader)).cookie, /; Secure$/);
});

void t.test('authentication off: everything passes, log-in leads to the root', async (t) => {
  const world = await ApiWorld.open(undefined, { authentication: 'off' });
  t.equal((await world.get('/vm', { headers: {} })).status, 200);
  const { status, headers } = await world.ask('POST', '/login?token=x', { headers: {} });
  t.equal(status, 302);
  t.equal(headers.location, '/api/v1/');
});
