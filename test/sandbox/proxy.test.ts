import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { randomBytes } from 'node:crypto';
import t from 'tap';
import { DelayProxy } from '../../sandbox/index.js';

const HOST = '127.0.0.1';

async function echoThrough(t: { teardown(action: () => unknown): unknown }, delayMs: number) {
  // A cut connection is what one of the tests is about.
  const echo = (socket: Socket) => socket.on('error', () => undefined).pipe(socket);
  const server = createServer({ allowHalfOpen: true }, echo).listen(0, HOST);
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as { port: number };
  const proxy = await DelayProxy.start({ host: HOST, port: 0 }, { host: HOST, port }, delayMs);
  t.teardown(() => proxy.close());
  return { proxy, client: () => connect({ host: HOST, port: proxy.port, allowHalfOpen: true }) };
}

void t.test('every byte passes in order, and the end after them', async (t) => {
  const { client } = await echoThrough(t, 20);
  const socket = client();
  const data = randomBytes(40 * 1024 * 1024);
  socket.end(data);
  t.ok((await buffer(socket)).equals(data));
});

void t.test('nothing passes before its delay, each way', async (t) => {
  const { client } = await echoThrough(t, 150);
  const socket: Socket = client();
  await once(socket, 'connect');
  const sent = performance.now();
  socket.write('x');
  await once(socket, 'data');
  t.ok(performance.now() - sent >= 299, 'two delays at least');
  socket.destroy();
});

void t.test('closing cuts what is connected', async (t) => {
  const { proxy, client } = await echoThrough(t, 1);
  const socket = client();
  socket.write('x');
  await once(socket, 'data');
  const failed = once(socket, 'error');
  await proxy.close();
  t.match(await failed, [{ code: 'ECONNRESET' }]);
});
