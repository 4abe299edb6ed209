import t from 'tap';
import type { DroverError } from '../../../lib/core/index.js';
import { findVms } from '../../../lib/domain/index.js';
import { simWorld } from '../../support/sim-world.js';

const uuid = (number: number) => `00000000-0000-4000-8000-00000000000${number}`;

void t.test('VMs that are named are found each once, and one that is none hides no other', async (t) => {
  const world = simWorld('named');
  const { store } = await world.client('hv1');
  const create = (path: string, text = '') =>
    world.settle(store.commit([{ op: 'create', path, data: Buffer.from(text) }]));
  await create('/domains');
  for (const [number, name] of [
    [1, 'web'],
    [2, 'db'],
    [3, 'twin'],
    [4, 'twin'],
  ] as const)
    await create(`/domains/${uuid(number)}`, name);
  const failed: string[] = [];
  const wishes = ['web', uuid(1).toUpperCase(), 'nobody', 'twin', uuid(4), 'db'];
  const found = await world.settle(
    findVms(store, wishes, (wish, error) => failed.push(`${wish}: ${(error as DroverError).code}`)),
  );
  t.same(
    [...found],
    [
      [uuid(1), 'web'],
      [uuid(4), 'twin'],
      [uuid(2), 'db'],
    ],
  );
  t.same(failed, ['nobody: NOT_FOUND', 'twin: REFUSED']);
});
