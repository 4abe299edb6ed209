import t from 'tap';
import { CephImageStreams } from '../../../../lib/adapters/ceph/index.js';
import { DroverError } from '../../../../lib/core/index.js';
import type { Flows, Processes } from '../../../../lib/ports/index.js';
import { failure } from '../../../support/failure.js';

async function* nothing(): AsyncGenerator<Uint8Array> {
  yield* await Promise.resolve([]);
}

void t.test('D4: of a pool that takes nothing it is said where to look', async (t) => {
  const late = new DroverError('DEADLINE', { object: 'rbd', reason: 'it ran longer than 60000 ms' });
  const flows = { input: () => Promise.reject(late) } as unknown as Processes & Flows;
  const streams = new CephImageStreams(flows);
  t.match(await failure(streams.write({ pool: 'vms', name: 'vm1' }, nothing())), {
    code: 'DEADLINE',
    message: /image vms\/vm1: .*was not written within 60 s.*free space of the pool/,
  });
});
