import t from 'tap';
import { VmLooks } from '../../../lib/node/faults-read.js';
import { createDomain, createTree } from '../../../lib/tree/index.js';
import { drivenStore } from '../../support/sim-store.js';
import { simWorld } from '../../support/sim-world.js';

const LOOKS = 4;
const uuid = (index: number) => `0000000${index}-0000-4000-8000-000000000001`;

async function cluster(vms: number) {
  const world = simWorld('looks');
  const driven = drivenStore(world.clock, (await world.client('hv1')).store);
  let reads = 0;
  const store = {
    ...driven,
    read: (...call: Parameters<typeof driven.read>) => {
      reads += 1;
      return driven.read(...call);
    },
  };
  await store.commit(createTree('east'));
  for (let index = 1; index <= vms; index += 1)
    await store.commit(
      createDomain(uuid(index), { name: `vm${index}`, xml: '<domain/>', node: 'hv1', volumes: [] }),
    );
  const looks = new VmLooks();
  return {
    look: () => looks.next(store),
    reads: () => reads,
    write: async (path: string, text: string) => {
      const version = (await store.read(path))!.stat.version;
      await store.commit([{ op: 'set', path, data: new TextEncoder().encode(text), version }]);
    },
  };
}

void t.test(
  'a VM in order is looked at whole in turn: what nobody announces is found all the same',
  async (t) => {
    const { look, write, reads } = await cluster(8);
    await look();
    const whole = reads();
    await look();
    t.ok(reads() - whole < whole / 2, 'a look costs less than half of a whole one');
    await write(`/domains/${uuid(3)}/node_limit`, '\u0000');
    await write(`/domains/${uuid(5)}/migration_max_downtime`, 'soon');
    const found = new Set<string>();
    for (let left = LOOKS; left > 0; left -= 1)
      for (const { problems } of await look()) for (const { path } of problems) found.add(path);
    t.ok(found.has(`/domains/${uuid(5)}/migration_max_downtime`), [...found].join(' '));
  },
);

void t.test('a written state is seen with the next look, and a fault goes with the next one', async (t) => {
  const { look, write } = await cluster(3);
  const failed = async () => (await look()).flatMap((vm) => vm.failed.map(({ name }) => name));
  await look();
  await write(`/domains/${uuid(2)}/failedreason`, 'no memory');
  await write(`/domains/${uuid(2)}/state`, 'fail');
  t.same(await failed(), ['vm2']);
  await write(`/domains/${uuid(2)}/state`, 'stop');
  t.same(await failed(), []);
});
