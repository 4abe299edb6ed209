import type { AddressInfo } from 'node:net';
import t from 'tap';
import { ApiClient } from '../../../lib/client/index.js';
import { ApiWorld, TOKENS } from '../../support/api-world.js';

async function listening() {
  const world = await ApiWorld.open();
  await world.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = world.app.server.address() as AddressInfo;
  const connection = { host: '127.0.0.1', port, scheme: 'http', token: TOKENS.admin } as const;
  return { world, client: new ApiClient({ connection, clock: world.clock }) };
}

void t.test('client and API over a socket', async (t) => {
  const { world, client } = await listening();
  t.equal((await client.vms.list())[0]?.name, 'vm1');
  t.equal(await client.vms.setState('vm1', { state: 'restart' }), 'Done.');
  await t.rejects(client.vms.get('x'.repeat(300)), { name: 'Refused', status: 414 });
  await client.close();
  await world.app.close();
});

void t.test('a caller who goes away is noticed by the use case that he waits for', async (t) => {
  const { world, client } = await listening();
  const { release } = world.recording.hold();
  const end = new AbortController();
  const waiting = client.vms.setState('vm1', { state: 'stop', wait: true }, { signal: end.signal });
  const asked = await world.recording.next();
  const gone = new Promise<void>((resolve) => {
    asked.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  t.notOk(asked.signal.aborted);
  end.abort();
  await t.rejects(waiting, { code: 'CANCELLED' });
  await gone;
  t.ok(asked.signal.aborted);
  release('Stopped.');
  await client.close();
  await world.app.close();
});
