import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { baseUrl, type Connection, HttpTransport, type WireRequest } from '../../../lib/client/index.js';
import { makeCertificates } from '../../support/zookeeper-certificates.js';

const GET: WireRequest = { method: 'GET', path: '/api/v1/', headers: {}, limitMs: 20_000 };

async function listening(t: Test, server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function transportTo(t: Test, listener: RequestListener): Promise<HttpTransport> {
  const port = await listening(t, createServer(listener));
  const transport = new HttpTransport({ host: '127.0.0.1', port, scheme: 'http' });
  t.teardown(() => transport.close());
  return transport;
}

void t.test('method, path, headers and body go as they are; the answer comes whole', async (t) => {
  const transport = await transportTo(t, (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      response.statusCode = 409;
      const { method, url, headers } = request;
      response.end(JSON.stringify([method, url, headers['x-api-key'], Buffer.concat(parts).toString()]));
    });
  });
  const headers = { 'x-api-key': 'k', 'content-type': 'application/x-www-form-urlencoded' };
  const reply = await transport.send({
    ...GET,
    method: 'POST',
    path: '/api/v1/vm?a=1',
    headers,
    body: 'b=%C3%BC',
  });
  t.equal(reply.status, 409);
  t.same(JSON.parse(reply.text), ['POST', '/api/v1/vm?a=1', 'k', 'b=%C3%BC']);
  t.same(JSON.parse((await transport.send(GET)).text), ['GET', '/api/v1/', null, '']);
});

void t.test('nobody there, and one who hangs up, are API_UNREACHABLE', async (t) => {
  const server = createServer();
  const port = await listening(t, server);
  await new Promise((resolve) => server.close(resolve));
  const nobody = new HttpTransport({ host: '127.0.0.1', port, scheme: 'http' });
  await t.rejects(nobody.send(GET), { code: 'API_UNREACHABLE', object: `http://127.0.0.1:${port}` });
  await nobody.close();
  const rude = await transportTo(t, (request) => request.socket.destroy());
  await t.rejects(rude.send(GET), { code: 'API_UNREACHABLE' });
});

void t.test('an answer that does not end is DEADLINE, a caller who gives up CANCELLED', async (t) => {
  const slow = await transportTo(t, (_, response) => void response.write('{'));
  await t.rejects(slow.send({ ...GET, limitMs: 100 }), { code: 'DEADLINE', reason: /100 ms/ });
  const end = new AbortController();
  const sending = slow.send({ ...GET, signal: end.signal });
  end.abort();
  await t.rejects(sending, { code: 'CANCELLED' });
});

void t.test('M52 certificates are checked unless it is told otherwise', async (t) => {
  const { authority, server, stranger } = await makeCertificates();
  const listener: RequestListener = (_, response) => response.end('{}');
  const port = await listening(t, createTlsServer({ key: server.key, cert: server.cert }, listener));
  const here: Connection = { host: '127.0.0.1', port, scheme: 'https' };
  const named = { ca: authority.cert, serverName: 'zookeeper.test' };
  const rows = [
    ['unknown authority', here, 'API_DISTRUSTED'],
    ['another authority', { ...here, ...named, ca: stranger.cert }, 'API_DISTRUSTED'],
    ['another name', { ...here, ca: authority.cert }, 'API_DISTRUSTED'],
    ['its authority and name', { ...here, ...named }, undefined],
    ['not verified', { ...here, verify: false }, undefined],
  ] as const;
  for (const [what, connection, code] of rows) {
    const transport = new HttpTransport(connection);
    if (code === undefined) t.same(await transport.send(GET), { status: 200, text: '{}' }, what);
    else await t.rejects(transport.send(GET), { code }, what);
    await transport.close();
  }
});

void t.test('a connection that is no address is BAD_INPUT', (t) => {
  t.equal(baseUrl({ scheme: 'https', host: '::1', port: 7370 }), 'https://[::1]:7370');
  for (const host of ['', 'a b', 'user@host', 'host/path', 'host?x', 'host#x'])
    t.throws(() => baseUrl({ scheme: 'http', host, port: 1 }), { code: 'BAD_INPUT' }, host);
  t.throws(() => baseUrl({ scheme: 'http', host: 'a', port: 99999 }), { code: 'BAD_INPUT' });
  t.end();
});
