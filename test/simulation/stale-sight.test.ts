import t from 'tap';
import { neverBeen, notAsWished } from '../support/life-checker.js';
import { LifeRun } from '../support/life-run.js';
import { LifeWorld } from '../support/life-world.js';

const SOON_MS = 20_000;
const TAKEN = 'it runs here already: it is taken as it is';

/** A VM defined on hv1, which has been looked at and is at rest; what its daemons say is collected. */
async function world(options: { readonly seed: string; readonly deaf: boolean }) {
  const said: string[] = [];
  const world = new LifeWorld({
    ...options,
    nodes: ['hv1', 'hv2'],
    vms: ['vm1'],
    calm: true,
    log: (node, _, message) => void said.push(`${node}: ${message}`),
  });
  const run = new LifeRun(world);
  await run.settle();
  await run.do({ do: 'define', vm: 'vm1', node: 'hv1' });
  await world.clock.advance(SOON_MS);
  const vm = world.vm('vm1');
  return {
    world,
    run,
    said,
    vm,
    machine: world.host('hv1').machine,
    lives: () => world.machines.history.lifetimes.filter(({ uuid }) => uuid === vm.uuid),
    holders: () => {
      const record = world.text(`/drover/runs/${vm.uuid}`) ?? '{"holders":[]}';
      return (JSON.parse(record) as { holders: { node: string }[] }).holders.map(({ node }) => node);
    },
    wish: (state: string, node?: string) =>
      run.do({ do: 'wish', vm: 'vm1', state, ...(node === undefined ? {} : { node }) }),
  };
}

void t.test('I1: a process that nobody has told of is not started beside, nor cut off', async (t) => {
  const { world: sim, vm, machine, wish, lives, holders, said } = await world({ seed: 'silent', deaf: true });
  machine.create(sim.xml(vm));
  await wish('start');
  await sim.clock.advance(SOON_MS);
  t.equal(said.filter((line) => line === `hv1: ${TAKEN}`).length, 1, 'a start was begun, and looked');
  t.equal(lives().length, 1);
  t.equal(lives()[0]?.toMs, Infinity, 'it lives on');
  t.same(sim.ceph.images.blocked(), [], 'its images are not taken from it');
  t.same(holders(), ['hv1']);
  t.equal(notAsWished(sim, vm), undefined);
  t.same(neverBeen(sim), []);
});

void t.test('I7: a process that has gone in silence is missed at the next look', async (t) => {
  const { world: sim, vm, run, wish, lives } = await world({ seed: 'gone', deaf: true });
  await wish('start');
  await sim.clock.advance(SOON_MS);
  await run.do({ do: 'virsh-destroy', vm: 'vm1' });
  await sim.clock.advance(SOON_MS);
  t.equal(sim.running(vm).length, 0, 'nobody has heard of it');
  await wish('start');
  await sim.clock.advance(SOON_MS);
  t.equal(lives().length, 2);
  t.equal(notAsWished(sim, vm), undefined);
});

void t.test('I10: nor is `stop` said of a process that nobody has told of', async (t) => {
  const { world: sim, vm, machine, wish, lives } = await world({ seed: 'stop', deaf: true });
  machine.create(sim.xml(vm));
  await wish('stop');
  await sim.clock.advance(SOON_MS);
  t.equal(lives().length, 1);
  t.not(lives()[0]?.toMs, Infinity);
  t.same(neverBeen(sim), []);
});

void t.test('a start is begun before libvirt answers, and given back when it does not', async (t) => {
  const { world: sim, vm, run, wish, lives, holders } = await world({ seed: 'hung', deaf: false });
  await run.do({ do: 'libvirt-hang', node: 'hv1' });
  await wish('start');
  await sim.clock.advance(1_000);
  t.same(holders(), ['hv1'], 'begun');
  t.same(lives(), [], 'and nothing is created unseen');
  await sim.clock.advance(31_000);
  t.same(holders(), [], 'given back');
  await wish('start', 'hv2');
  await sim.clock.advance(SOON_MS);
  t.same(holders(), ['hv2'], 'another node starts it, though libvirt here is still silent');
  await run.do({ do: 'libvirt-start', node: 'hv1' });
  await sim.clock.advance(SOON_MS);
  t.equal(notAsWished(sim, vm), undefined);
  t.equal(lives().length, 1);
  t.same(neverBeen(sim), []);
});

void t.test('without libvirt a VM is taken once, and not again and again', async (t) => {
  const { world: sim, vm, run, wish } = await world({ seed: 'down', deaf: false });
  await run.do({ do: 'libvirt-stop', node: 'hv1' });
  await wish('start');
  await sim.clock.advance(60_000);
  t.match(sim.text(`/drover/runs/${vm.uuid}`), /"epoch":1,/);
  await run.do({ do: 'libvirt-start', node: 'hv1' });
  await sim.clock.advance(SOON_MS);
  t.equal(notAsWished(sim, vm), undefined);
});
