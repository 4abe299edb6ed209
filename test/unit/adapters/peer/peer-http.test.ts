import dns from 'node:dns';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { HttpPeer, type PeerAddress } from '../../../../lib/adapters/peer/index.js';
import { codeOf, failure } from '../../../support/failure.js';
import { makeCertificates } from '../../../support/zookeeper-certificates.js';

const ABOUT = JSON.stringify({ cluster: { id: 'c-1', name: 'west' }, protocol: 1 });
const VM = '00000001-0000-4000-8000-000000000001';

async function listening(t: Test, server: Server, host = '127.0.0.1'): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function peerAt(t: Test, url: string, more: Partial<PeerAddress> = {}): HttpPeer {
  const peer = new HttpPeer({ name: 'west', url, verify: true, token: 'k-west', ...more });
  t.teardown(() => peer.close());
  return peer;
}

/** Names of hosts that are nowhere but here. */
function resolves(t: Test, addresses: Readonly<Record<string, readonly string[]>>): void {
  const before = dns.lookup;
  t.teardown(() => {
    dns.lookup = before;
  });
  const lookup = (name: string, _: unknown, done: (error: null, all: dns.LookupAddress[]) => void) => {
    done(
      null,
      (addresses[name] ?? []).map((address) => ({ address, family: 4 })),
    );
  };
  dns.lookup = lookup as unknown as typeof dns.lookup;
}

void t.test(
  'M52 M53: its certificate is checked unless it is told otherwise; the token goes in a header',
  async (t) => {
    const { authority, server, stranger } = await makeCertificates();
    const asked: string[] = [];
    const listener: RequestListener = (request, response) => {
      asked.push(`${request.method} ${request.url} ${String(request.headers['x-api-key'])}`);
      response.end(ABOUT);
    };
    const port = await listening(t, createTlsServer({ key: server.key, cert: server.cert }, listener));
    resolves(t, { 'zookeeper.test': ['127.0.0.1'], 'other.test': ['127.0.0.1'] });
    const named = `https://zookeeper.test:${port}/api/v1`;
    const rows = [
      ['unknown authority', named, {}, 'API_DISTRUSTED'],
      ['another authority', named, { ca: stranger.cert }, 'API_DISTRUSTED'],
      ['another name', `https://other.test:${port}/api/v1`, { ca: authority.cert }, 'API_DISTRUSTED'],
    ] as const;
    for (const [what, url, more, code] of rows)
      t.equal(await codeOf(peerAt(t, url, more).about()), code, what);
    t.same(asked, [], 'the token was told to none of them');
    t.match(await peerAt(t, named, { ca: authority.cert }).about(), { cluster: { name: 'west' } });
    t.match(await peerAt(t, `https://other.test:${port}/api/v1`, { verify: false }).about(), { protocol: 1 });
    t.equal(asked[0], 'GET /api/v1/mirror/about k-west');
  },
);

void t.test(
  'a name that stands for all coordinators: whichever of them serves the API is asked',
  async (t) => {
    const port = await listening(
      t,
      createServer((_, response) => response.end(ABOUT)),
      '127.0.0.3',
    );
    resolves(t, { 'west.test': ['127.0.0.1', '127.0.0.2', '127.0.0.3'] });
    t.match(await peerAt(t, `http://west.test:${port}/api/v1`).about(), { protocol: 1 });
    resolves(t, { 'west.test': ['127.0.0.1', '127.0.0.2'] });
    t.match(await failure(peerAt(t, `http://west.test:${port}/api/v1`).about()), {
      code: 'API_UNREACHABLE',
      message: /peer west.*127\.0\.0\.1.*127\.0\.0\.2/,
    });
  },
);

void t.test('what the other side says keeps its code; what no Drover says is told as such', async (t) => {
  const answers: readonly (readonly [number, string, string])[] = [
    [409, JSON.stringify({ message: 'it runs there', code: 'REFUSED' }), 'REFUSED'],
    [503, JSON.stringify({ message: 'another one is', code: 'NOT_LEADER' }), 'NOT_LEADER'],
    [401, 'who are you?', 'UNAUTHENTICATED'],
    [403, '{}', 'FORBIDDEN'],
    [502, '<html>', 'API_UNREACHABLE'],
    [200, '<html>', 'API_UNREACHABLE'],
    [200, '{"uuid":1}', 'API_UNREACHABLE'],
  ];
  for (const [status, text, code] of answers) {
    const server = createServer((_, response) => response.writeHead(status).end(text));
    const peer = peerAt(t, `http://127.0.0.1:${await listening(t, server)}/api/v1`);
    t.equal(await codeOf(peer.copy(VM)), code, `${status} ${text}`);
  }
  const strange = createServer((_, response) => response.writeHead(404).end('{}'));
  const peer = peerAt(t, `http://127.0.0.1:${await listening(t, strange)}/api/v1`);
  t.match(await failure(peer.about()), { code: 'REFUSED', message: /no Drover answers there/ });
  t.equal(await peer.copy(VM), undefined, 'a VM that is not there is an answer');
});

void t.test('M62 M64: a unit goes out as it is made, and is gathered nowhere on its way', async (t) => {
  const order: string[] = [];
  const limit = AbortSignal.timeout(20_000);
  let tell: () => void = () => undefined;
  const arrived = new Promise<void>((resolve, reject) => {
    tell = resolve;
    const late = () => reject(new Error('nothing arrives before all of it is made'));
    limit.addEventListener('abort', late, { once: true });
  });
  const server = createServer((request, response) => {
    let bytes = 0;
    request.once('data', () => {
      order.push('arrived');
      tell();
    });
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    request.on('end', () => response.end(JSON.stringify({ to: bytes })));
  });
  async function* unit(): AsyncGenerator<Uint8Array> {
    order.push('made');
    yield Buffer.alloc(1024, 1);
    await arrived;
    order.push('made');
    yield Buffer.alloc(1024, 2);
  }
  const peer = peerAt(t, `http://127.0.0.1:${await listening(t, server)}/api/v1`);
  t.equal(await peer.unit('r-1', 0, 0, unit(), limit), 2048);
  t.same(order, ['made', 'arrived', 'made']);
});

void t.test('nobody there, a question that is given up, and one that takes too long', async (t) => {
  const silent = createServer(() => undefined);
  const url = `http://127.0.0.1:${await listening(t, silent)}/api/v1`;
  t.equal(await codeOf(peerAt(t, url).about({ limitMs: 100 })), 'DEADLINE');
  const end = new AbortController();
  const asking = codeOf(peerAt(t, url).about({ signal: end.signal }));
  end.abort();
  t.equal(await asking, 'CANCELLED');
  t.equal(await codeOf(peerAt(t, 'http://127.0.0.1:1/api/v1').about()), 'API_UNREACHABLE');
});
