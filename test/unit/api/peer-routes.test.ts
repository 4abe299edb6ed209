import type { AddressInfo, Socket } from 'node:net';
import t from 'tap';
import { HttpPeer } from '../../../lib/adapters/peer/index.js';
import { DroverError } from '../../../lib/core/index.js';
import type { Receiver } from '../../../lib/mirror/index.js';
import { ApiWorld, TOKENS } from '../../support/api-world.js';
import { codeOf } from '../../support/failure.js';

const VM = '00000001-0000-4000-8000-000000000001';
const RECEIVES = '/mirror/receives';

/** What is asked of it, and a refusal for whatever is about a receive. */
function receiver(asked: string[]): Receiver {
  const answers = {
    about: () => Promise.resolve({ cluster: { id: 'c-1', name: 'west' }, protocol: 1 }),
    receive: (id: string) =>
      Promise.reject(new DroverError('NOT_FOUND', { object: `receive ${id}`, reason: 'there is none' })),
    dropPoint: (uuid: string, point: string) => {
      asked.push(`${uuid} ${point}`);
      return Promise.resolve();
    },
  };
  return answers as unknown as Receiver;
}

void t.test('M52: the scope of mirrors is needed, and enough, and allows nothing else', async (t) => {
  const asked: string[] = [];
  const world = await ApiWorld.open(new Map(), {}, receiver(asked));
  const as = (token?: string) => ({ headers: token === undefined ? {} : { 'x-api-key': token } });
  t.equal((await world.ask('GET', '/mirror/about', as())).status, 401);
  t.equal((await world.ask('GET', '/mirror/about', as('another'))).status, 401);
  for (const token of [TOKENS.reader, TOKENS.operator]) {
    t.equal((await world.ask('GET', '/mirror/about', as(token))).status, 403);
    t.equal((await world.ask('DELETE', `/mirror/vms/${VM}/points/p-1`, as(token))).status, 403);
  }
  t.same(asked, []);
  for (const token of [TOKENS.mirror, TOKENS.admin])
    t.match(await world.ask('GET', '/mirror/about', as(token)), { status: 200, body: { protocol: 1 } });
  t.equal((await world.ask('DELETE', `/mirror/vms/${VM}/points/p-1`, as(TOKENS.mirror))).status, 200);
  t.same(asked, [`${VM} p-1`]);
  t.equal((await world.ask('POST', '/vm/web/mirror/create', as(TOKENS.mirror))).status, 403);
});

void t.test('a refusal carries its code; what is no message, or no name, is told as such', async (t) => {
  const world = await ApiWorld.open(new Map(), {}, receiver([]));
  t.match(await world.ask('GET', `${RECEIVES}/p-1`), {
    ...{ status: 404, body: { code: 'NOT_FOUND', message: /receive p-1: .*there is none/ } },
  });
  t.match(await world.ask('POST', RECEIVES, { payload: { epoch: 'one' } }), {
    ...{ status: 400, body: { code: 'BAD_INPUT' } },
  });
  t.match(await world.ask('GET', '/mirror/vms/WEB'), {
    ...{ status: 400, body: { code: 'BAD_INPUT', message: /no UUID/ } },
  });
  const unit = { payload: Buffer.alloc(1), headers: { 'content-type': 'application/octet-stream' } };
  const headers = { ...unit.headers, 'x-api-key': TOKENS.mirror };
  t.match(await world.ask('PUT', `${RECEIVES}/p-1/disks/0?from=-1`, { ...unit, headers }), {
    ...{ status: 400, body: { code: 'BAD_INPUT', message: /from/ } },
  });
});

void t.test(
  'D4: of a unit that is not taken, and of all that has come of it, the sender hears why',
  async (t) => {
    const sockets: Socket[] = [];
    const late = new DroverError('DEADLINE', { object: 'unit', reason: 'nothing of it was taken' });
    const taker = {
      unit: async (
        id: string,
        _disk: number,
        _from: number,
        body: AsyncIterable<Uint8Array>,
        signal: AbortSignal,
      ) => {
        for await (const _ of body) if (id === 'middle') throw late;
        // A minute goes by.
        sockets.at(-1)?.emit('timeout');
        signal.throwIfAborted();
      },
    } as unknown as Receiver;
    const world = await ApiWorld.open(new Map(), {}, taker);
    world.app.server.on('connection', (socket) => sockets.push(socket));
    await world.app.listen({ host: '127.0.0.1', port: 0 });
    t.teardown(() => world.app.close());
    const { port } = world.app.server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/api/v1`;
    const peer = new HttpPeer({ name: 'west', url, verify: false, token: TOKENS.mirror });
    t.teardown(() => peer.close());
    const signal = AbortSignal.timeout(20_000);
    async function* part(whole: boolean): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(256 * 1024);
      if (!whole) await new Promise(() => undefined);
    }
    t.equal(await codeOf(peer.unit('whole', 0, 0, part(true), signal)), 'DEADLINE');
    t.equal(await codeOf(peer.unit('middle', 0, 0, part(false), signal)), 'DEADLINE');
  },
);
