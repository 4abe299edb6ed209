import t from 'tap';
import {
  byKeys,
  chainOfDisk,
  compareChains,
  Droverd,
  type Guest,
  makeGuestDisk,
  readConsole,
  readImage,
  until,
  waitForRecord,
} from '../../sandbox/index.js';
import { CUTS } from '../../lib/core/index.js';
import { killPointsOfVm } from '../../lib/domain/index.js';
import { qemusOn } from '../support/guest-life.js';
import { withSandbox } from '../support/sandbox.js';
import { scale } from '../support/scale.js';

const GUEST: Guest = { name: 'vm1', uuid: '00000001-0000-4000-8000-000000000001', cluster: 'east' };
const WITHIN = { limitMs: 150_000 };
const STATE = `/domains/${GUEST.uuid}/state`;
const RUN = `/drover/runs/${GUEST.uuid}`;
const NODES = ['east1', 'east2'] as const;
type Node = (typeof NODES)[number];

/** A wish that makes a daemon come by some kinds of step, where it comes by them, and how it must end. */
interface Act {
  readonly wish: 'start' | 'shutdown' | 'stop' | 'migrate';
  /** Kind of step → the node that takes it. */
  readonly steps: Readonly<Record<string, Node>>;
  readonly ends: { readonly state: 'start' | 'stop'; readonly on: Node | undefined };
}

const ACTS: readonly Act[] = [
  { wish: 'start', steps: { start: 'east1' }, ends: { state: 'start', on: 'east1' } },
  {
    wish: 'migrate',
    steps: { receive: 'east2', send: 'east1', arrive: 'east2' },
    ends: { state: 'start', on: 'east2' },
  },
  { wish: 'shutdown', steps: { ask: 'east1', report: 'east1' }, ends: { state: 'stop', on: undefined } },
  { wish: 'stop', steps: { destroy: 'east1', leave: 'east1' }, ends: { state: 'stop', on: undefined } },
];

const CELLS = ACTS.flatMap((act) =>
  Object.entries(act.steps).flatMap(([kind, node]) =>
    CUTS.map((cut) => ({ act, node, point: `vm/${kind}/${cut}` })),
  ),
);

/** For each act one cut of one of its steps. */
const SAMPLE = ['vm/start/guarded', 'vm/send/done', 'vm/arrive/before', 'vm/ask/guarded', 'vm/leave/guarded'];

void t.test('the cells are kill points of the code', (t) => {
  const all = killPointsOfVm({} as never);
  for (const { point } of CELLS) t.ok(all.includes(point), point);
  t.end();
});

void t.test(
  'I1 I7 N14 N18: a daemon dies at every kind of step of start, stop and migrate: one process, or none, as wished',
  { timeout: 3_600_000 },
  async (t) => {
    const sandbox = await withSandbox(t, {
      clusters: [{ name: 'east', nodes: 2, zookeeper: 1, ceph: true, mgr: false }],
    });
    await makeGuestDisk(sandbox, 'east', GUEST.name);
    const daemons = new Map<string, Droverd>();
    t.teardown(async () => {
      for (const daemon of daemons.values()) {
        if (!t.passing()) t.comment(daemon.node, daemon.tail(60));
        await daemon.kill();
      }
    });
    const begin = async (node: string, killAt?: string) => {
      await daemons.get(node)?.kill();
      daemons.set(node, await Droverd.start(sandbox, node, { vmShutdown: '15s', ...(killAt && { killAt }) }));
    };
    const trusts = (node: string) =>
      until(`${node} to trust the tree`, WITHIN, () =>
        Promise.resolve(
          daemons.get(node)?.lines.some(({ msg }) => msg === 'trust: the tree is trusted') ?? false,
        ),
      );
    const read = async (path: string) => (await byKeys(sandbox, GUEST, 'read', path)).stdout.trim();
    const write = (path: string, value: string) => byKeys(sandbox, GUEST, 'write', path, value);
    const so = async ({ state, on }: Act['ends']) => {
      const counts = await Promise.all(NODES.map((node) => qemusOn(sandbox, node, GUEST)));
      const running = NODES.filter((_, index) => counts[index] === 1);
      if (counts.some((count) => count > 1) || running.length > 1) return false;
      return (await read(STATE)) === state && (on === undefined ? running.length === 0 : running[0] === on);
    };
    for (const node of NODES) await begin(node);
    for (const node of NODES) await trusts(node);
    await byKeys(sandbox, GUEST, 'define', 'east1');

    /** The VM stopped on east1, or running and writing there. */
    const prepare = async (running: boolean) => {
      if ((await read(STATE)) !== 'stop') await write(STATE, 'stop');
      await until('it to be stopped', WITHIN, () => so({ state: 'stop', on: undefined }));
      await write(`/domains/${GUEST.uuid}/node`, 'east1');
      if (!running) return;
      const last = await waitForRecord(sandbox, GUEST, 0);
      await write(STATE, 'start');
      await waitForRecord(sandbox, GUEST, last + 10, WITHIN);
      await until('it to run', WITHIN, () => so({ state: 'start', on: 'east1' }));
    };

    const cells = scale({ regular: CELLS.filter(({ point }) => SAMPLE.includes(point)), all: CELLS });
    t.comment(
      `sample: ${cells.length} of ${CELLS.length} cells: ${cells.map(({ point }) => point).join(' ')}`,
    );
    for (const { act, node, point } of cells)
      await t.test(`${act.wish}: the daemon of ${node} dies at ${point}`, async (t) => {
        await prepare(act.wish !== 'start');
        await begin(node, point);
        await trusts(node);
        if (act.wish === 'migrate') {
          await write(`/domains/${GUEST.uuid}/lastnode`, 'east1');
          await write(`/domains/${GUEST.uuid}/node`, 'east2');
          await write(STATE, 'migrate-live');
        } else await write(STATE, act.wish);
        await daemons.get(node)?.ended;
        t.equal(
          daemons.get(node)?.lines.some(({ msg }) => msg === 'droverd ends; VMs run on'),
          false,
          'it was killed',
        );
        await begin(node);
        await until(`${act.wish} to be carried out`, WITHIN, () => so(act.ends)).catch(
          async (error: unknown) => {
            t.comment(await read(RUN));
            throw error;
          },
        );
        if (act.ends.on !== undefined)
          await waitForRecord(sandbox, GUEST, (await waitForRecord(sandbox, GUEST, 0)) + 5, WITHIN);
        t.ok(await so(act.ends), 'as wished, and it stays so');
      });

    await write(STATE, 'stop');
    await until('it to be stopped', WITHIN, () => so({ state: 'stop', on: undefined }));
    const disk = chainOfDisk(await readImage(sandbox, 'east', GUEST.name));
    t.same(
      compareChains(disk, await readConsole(sandbox, GUEST)),
      [],
      'the hash chain of the guest is whole',
    );
  },
);
