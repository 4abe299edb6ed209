import t, { type Test } from 'tap';
import { DroverError, Scope, SILENT } from '../../../lib/core/index.js';
import { keepAlive, registerNode } from '../../../lib/node/index.js';
import { Conflict, type Store, type Write } from '../../../lib/ports/index.js';
import { SimFiles, SimMachines } from '../../../lib/sim/index.js';
import { conflictError } from '../../../lib/sim/store/writes.js';
import { simXml } from '../../support/sim-ground.js';
import { simWorld } from '../../support/sim-world.js';

const EVERY_MS = 5_000;
/** A minute of them. */
const BEATS = 12;
const NODE = '/nodes/hv1';
const UUID = '00000001-0000-4000-8000-000000000001';
const MEMORY = 'MemTotal:        2048000 kB\nMemFree:         1 kB\nMemAvailable:    1024000 kB\n';

/** `store`, of which every transaction passes `look` first: what that throws is how it ends. */
function lookedAt(store: Store, look: (writes: readonly Write[]) => void): Store {
  return {
    read: (path, options) => store.read(path, options),
    children: (path, options) => store.children(path, options),
    commit: async (writes, options) => {
      look(writes);
      return await store.commit(writes, options);
    },
    sync: (options) => store.sync(options),
    watch: (path, listener) => store.watch(path, listener),
    watchChildren: (path, listener) => store.watchChildren(path, listener),
    session: () => store.session(),
    onSession: (listener) => store.onSession(listener),
    close: () => store.close(),
  };
}

/** A node that is in the tree and runs a guest; from the next moment on it says that it lives. */
async function living(t: Test, refuse: (writes: readonly Write[]) => void = () => undefined) {
  const world = simWorld(t.name);
  const { clock, random } = world;
  const { process, store } = await world.client('hv1');
  const machines = new SimMachines({ clock, random: random.fork('machines') });
  const hypervisor = machines.hypervisor(machines.add('hv1', '198.18.0.1'), process);
  await world.settle(hypervisor.create(simXml({ uuid: UUID, name: 'vm1' })));
  const kind = { cpus: 2, arch: 'x86_64', os: 'Linux', kernel: '6.1' };
  const registration = { node: 'hv1', coordinator: true, clusterName: 'east', kind, now: clock.now() };
  await world.settle(registerNode(store, registration));
  const files = new SimFiles();
  await files.replace('/proc/loadavg', '0.10 0.20 0.30 1/234 5678\n');
  await files.replace('/proc/meminfo', MEMORY);
  const commits: (readonly Write[])[] = [];
  const scope = new Scope('test');
  t.teardown(() => world.settle(scope.close()));
  const keeper = keepAlive(scope, {
    node: 'hv1',
    store: lookedAt(store, (writes) => {
      commits.push(writes);
      refuse(writes);
    }),
    clock: process.clock,
    files,
    hypervisor,
    log: SILENT,
    everyMs: EVERY_MS,
    router: () => 'secondary',
    readOnly: () => false,
    registered: true,
    register: () => Promise.resolve(),
    saw: () => Promise.resolve(),
  });
  const text = (key: string): string | undefined => {
    const entry = world.service.peek(NODE + key);
    return entry && new TextDecoder().decode(entry.data);
  };
  return {
    ...{ hypervisor, files, commits, keeper, text },
    /** Lets that many beats pass; returns what the key said after each. */
    async beats(count: number): Promise<readonly number[]> {
      const said: number[] = [];
      for (let beat = 0; beat < count; beat += 1) {
        await clock.advance(EVERY_MS);
        said.push(Number(text('/keepalive')));
      }
      return said;
    },
    /** How many seconds ago, by the key, the node lived. */
    age: () => Math.floor(clock.now() / 1000) - Number(text('/keepalive')),
  };
}

/** The key has moved with every beat of a minute, to the end of it, and the daemon is well. */
async function livesOn(t: Test, node: Awaited<ReturnType<typeof living>>): Promise<void> {
  const said = await node.beats(BEATS);
  t.ok(
    said.every((at, beat) => at > (said[beat - 1] ?? 0)),
    `it moves with every beat: ${said.join(' ')}`,
  );
  t.ok(node.age() <= EVERY_MS / 1000 + 1, `it is of the last beat: ${node.age()} s`);
  t.equal(node.keeper.illness(), undefined);
}

void t.test(
  'N2: whoever else writes the running domains does not hold up the word that the node lives',
  async (t) => {
    let refused = 0;
    const node = await living(t, (writes) => {
      const at = writes.findIndex(({ path }) => path === `${NODE}/runningdomains`);
      const write = writes[at];
      if (write === undefined) return;
      refused += 1;
      throw conflictError(new Conflict(at, write, 'version'));
    });
    await livesOn(t, node);
    t.ok(refused >= BEATS, `${refused} transactions were refused`);
    t.equal(node.text('/runningdomains'), '0', 'none of them came through');
    const told = node.commits.filter((writes) => writes.some(({ path }) => path === `${NODE}/keepalive`));
    t.ok(told.length >= BEATS - 1, `${told.length} transactions say that it lives`);
    t.ok(
      told.every((writes) => writes.length === 1),
      'and each of them says nothing else',
    );
  },
);

void t.test(
  'N34: a libvirt that does not answer costs no beat, and its figures come back with it',
  async (t) => {
    const node = await living(t);
    const { hypervisor } = node;
    const stats = hypervisor.stats.bind(hypervisor);
    let asked = 0;
    hypervisor.stats = () => {
      asked += 1;
      return Promise.reject(
        new DroverError('HYPERVISOR_UNREACHABLE', { object: 'libvirt', reason: 'it does not answer' }),
      );
    };
    await livesOn(t, node);
    t.ok(asked >= BEATS - 1, `it was asked ${asked} times: each beat went to its end`);
    t.equal(node.text('/runningdomains'), '0');
    t.equal(node.text('/memtotal'), '2000', 'what the machine says of itself is told meanwhile');
    hypervisor.stats = stats;
    await node.beats(2);
    t.equal(node.text('/runningdomains'), UUID);
  },
);

void t.test(
  'N34: a machine that cannot be read costs no beat, and its figures come when it can',
  async (t) => {
    const node = await living(t);
    await node.files.remove('/proc/meminfo');
    await livesOn(t, node);
    t.not(node.text('/memtotal'), '2000');
    await node.files.replace('/proc/meminfo', MEMORY);
    await node.beats(2);
    t.equal(node.text('/memtotal'), '2000');
    t.equal(node.text('/runningdomains'), UUID);
  },
);
