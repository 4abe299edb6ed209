import t from 'tap';
import { flushedSince } from '../../../lib/domain/read.js';
import { keyPath } from '../../../lib/tree/index.js';
import { drivenStore } from '../../support/sim-store.js';
import { simWorld } from '../../support/sim-world.js';

void t.test('N28: a wish is older than a flush, and never than the coming of its node', async (t) => {
  const world = simWorld('flushed');
  const store = drivenStore(world.clock, (await world.client('hv1')).store);
  const path = keyPath('node', 'domainState', { node: 'hv1' });
  const write = async (text: string, version?: number) => {
    const data = new TextEncoder().encode(text);
    await store.commit(
      version === undefined
        ? ['/nodes', '/nodes/hv1', path].map((one) => ({ op: 'create', path: one, data }) as const)
        : [{ op: 'set', path, data, version }],
    );
  };
  await store.commit([{ op: 'create', path: '/wish', data: new Uint8Array() }]);
  const wished = world.service.peek('/wish')!.stat.mzxid;
  const since = async (mzxid: bigint) => flushedSince(await store.read(path), mzxid);
  t.equal(await since(wished), false, 'there is no such node');
  await write('flushed');
  t.equal(await since(wished), false, 'it has come, flushed as every new one');
  await write('ready', 0);
  t.equal(await since(wished), false);
  await write('flush', 1);
  t.equal(await since(wished), true);
  await write('flushed', 2);
  t.equal(await since(wished), true);
  t.equal(await since(world.service.peek(path)!.stat.mzxid), false, 'wished since then');
});
