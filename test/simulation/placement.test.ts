import t from 'tap';
import { LifeRun } from '../support/life-run.js';
import { type LifeVm, LifeWorld } from '../support/life-world.js';

const MOVING = new Set(['migrate', 'migrate-live']);
/** A VM of the simulation has 96 MiB. */
const ROOM_FOR_ONE = 'MemTotal: 16000000 kB\nMemAvailable: 150000 kB\n';
const ROOM_FOR_NONE = 'MemTotal: 16000000 kB\nMemAvailable: 50000 kB\n';

void t.test(
  'N11: two nodes are flushed at once onto a third with room for one VM: one goes, the other runs on',
  async (t) => {
    for (let seed = 0; seed < 20; seed += 1) {
      const world = new LifeWorld({ seed, nodes: ['hv1', 'hv2', 'hv3'], vms: ['vm1', 'vm2'] });
      const run = new LifeRun(world);
      await run.settle();
      for (const { node } of world.hosts) await run.do({ do: 'unflush', node });
      const vms = [world.vm('vm1'), world.vm('vm2')] as const;
      const runs = (vm: LifeVm, node: string) => world.running(vm).some(({ host }) => host.node === node);
      for (const [index, vm] of vms.entries()) {
        await run.do({ do: 'define', vm: vm.name, node: `hv${index + 1}`, method: 'live' });
        await run.do({ do: 'wish', vm: vm.name, state: 'start' });
        await world.clock.runUntil(() => runs(vm, `hv${index + 1}`), 60_000, `${vm.name} runs`);
      }
      const target = world.host('hv3');
      await target.files.replace('/proc/meminfo', ROOM_FOR_ONE);
      await world.clock.runUntil(() => world.text('/nodes/hv3/memfree') === '146', 30_000, 'its figures');

      const given = () =>
        vms.filter(({ uuid }) => world.text(`/domains/${uuid}/node`) === 'hv3').map(({ name }) => name);
      let most = 0;
      let told = false;
      await Promise.all(['hv1', 'hv2'].map((node) => run.do({ do: 'flush', node })));
      const untilMs = world.clock.monotonic() + 60_000;
      while (world.clock.monotonic() < untilMs) {
        await world.clock.advance(5);
        most = Math.max(most, given().length);
        const moving = vms.some(({ uuid }) => MOVING.has(world.text(`/domains/${uuid}/state`) ?? ''));
        if (moving && !told) {
          told = true;
          // What arrives is seen in what the machine has free.
          await target.files.replace('/proc/meminfo', ROOM_FOR_NONE);
        }
      }
      t.equal(most, 1, `seed ${seed}: never both`);
      t.equal(vms.filter((vm) => runs(vm, 'hv3')).length, 1, `seed ${seed}: one has arrived`);
      const states = ['hv1', 'hv2'].map((node) => world.text(`/nodes/${node}/domainstate`)).sort();
      t.same(states, ['flush', 'flushed'], `seed ${seed}`);
    }
  },
);
