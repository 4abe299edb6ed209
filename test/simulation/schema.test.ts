import t from 'tap';
import { LifeRun } from '../support/life-run.js';
import { type LifeVm, LifeWorld } from '../support/life-world.js';

const VERSION = '/schema/version';
const FAULT = '/faults/SCHEMA_VERSION';

/** Every key of the public tree with the transaction that wrote it; what `except` names is left out. */
async function writtenIn(world: LifeWorld, except: readonly string[]): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const visit = async (path: string): Promise<void> => {
    if (['/drover', ...except].includes(path)) return;
    const entry = world.service.peek(path === '' ? '/' : path);
    if (entry !== undefined && path !== '') found[path] = String(entry.stat.mzxid);
    const children = await world.clock.settle(world.operator.children(path === '' ? '/' : path));
    for (const name of children?.names ?? []) await visit(`${path}/${name}`);
  };
  await world.clock.settle(world.operator.sync());
  await visit('');
  return found;
}

void t.test(
  'N32: a tree of another schema is only read: VMs run on, nothing starts or ends, and one fault says so',
  async (t) => {
    const ill: string[] = [];
    const world = new LifeWorld({
      ...{ seed: 'schema', nodes: ['hv1', 'hv2'], vms: ['vm1', 'vm2'] },
      log: (node, _, message) => ill.push(`${node}: ${message}`),
    });
    const run = new LifeRun(world);
    const [runs, stopped] = [world.vm('vm1'), world.vm('vm2')];
    const on = (vm: LifeVm) => world.running(vm).map(({ host }) => host.node);
    await run.settle();
    for (const { node } of world.hosts) await run.do({ do: 'unflush', node });
    for (const vm of [runs, stopped]) await run.do({ do: 'define', vm: vm.name, node: 'hv1' });
    await run.do({ do: 'wish', vm: runs.name, state: 'start' });
    await run.do({ do: 'until', vm: runs.name, runs: 'hv1', state: 'start' });
    await world.clock.advance(10_000);

    await run.put(VERSION, '16');
    await world.clock.advance(1_000);
    await run.do({ do: 'wish', vm: runs.name, state: 'stop' });
    await run.do({ do: 'wish', vm: stopped.name, state: 'start' });
    const before = await writtenIn(world, [FAULT]);
    await world.clock.advance(120_000);
    t.same(on(runs), ['hv1'], 'it runs on');
    t.same(on(stopped), [], 'nothing starts');
    t.match(world.text(`${FAULT}/message`), /version 16.*knows 15.*only read/);

    await t.test('a daemon that begins then, also as the primary, keeps to it', async (t) => {
      for (const { node } of world.hosts) await run.do({ do: 'kill', node });
      await world.clock.advance(30_000);
      for (const { node } of world.hosts) await run.do({ do: 'start', node });
      await world.clock.advance(120_000);
      t.notOk(ill.some((line) => line.includes('the daemon failed')));
      t.same(on(runs), ['hv1']);
      t.same(on(stopped), []);
    });
    t.same(await writtenIn(world, [FAULT]), before, 'no key of the public tree was written by a daemon');

    await run.put(VERSION, '15');
    await run.do({ do: 'until', vm: stopped.name, runs: 'hv1', state: 'start' });
    await world.clock.runUntil(() => on(runs).length === 0, 60_000, 'the stop that was wished');
    await world.clock.runUntil(() => world.text(FAULT) === undefined, 60_000, 'the end of the fault');
    for (const { node } of world.hosts) t.equal(world.text(`/nodes/${node}/daemonstate`), 'run');
    t.same(world.machines.history.violations(), []);
  },
);
