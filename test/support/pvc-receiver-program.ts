/**
 * A cluster of PVC that takes VMs, as a program inside a sandbox: its API on a port of this host, and beside it, below `/test`,
 * what a test asks of it. It ends with its sandbox.
 */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { PvcCluster } from './pvc-receiver.js';

const PREFIX = '/api/v1';
const [port = '7371', key = ''] = process.argv.slice(2);
const cluster = new PvcCluster();

createServer((request, response) => {
  // A request whose body was let go of has none any more.
  const { socket } = request;
  const url = new URL(request.url ?? '/', 'http://localhost');
  const answered = async () => {
    if (url.pathname.startsWith('/test/')) return { status: 200, body: forTest(url) };
    if (request.headers['x-api-key'] !== key) return { status: 401, body: { message: 'the key failed' } };
    const path = url.pathname.slice(PREFIX.length);
    const type = request.headers['content-type'];
    return await cluster.answer({
      method: request.method ?? 'GET',
      path,
      query: url.searchParams,
      type,
      body: request,
    });
  };
  answered().then(
    ({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    },
    // As a process that dies: there is no answer at all.
    () => socket.destroy(),
  );
}).listen(Number(port), '127.0.0.1');

function forTest({ pathname, searchParams: query }: URL): unknown {
  switch (pathname) {
    /** The next bodies, so many, are cut after so many bytes. */
    case '/test/cut': {
      let left = Number(query.get('times'));
      cluster.cut = (call, bytes) => {
        if (left === 0 || call !== 'body' || bytes < Number(query.get('after'))) return;
        left -= 1;
        throw new Error('cut');
      };
      return 'done';
    }
    case '/test/sums': {
      const snapshot = query.get('snapshot') ?? undefined;
      return Object.fromEntries(
        [...cluster.images.keys()].map((image) => [image, cluster.sum(image, snapshot)]),
      );
    }
    case '/test/dump': {
      const held = cluster.images.get(query.get('image') ?? '')?.snapshots.get(query.get('snapshot') ?? '');
      if (held !== undefined) writeFileSync(query.get('to') ?? '/dev/null', held);
      return held?.length ?? 'none';
    }
    default:
      return { vms: [...cluster.vms.values()], calls: cluster.calls };
  }
}
