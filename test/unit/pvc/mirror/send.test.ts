import { createHash } from 'node:crypto';
import t, { type Test } from 'tap';
import { PROMOTE_KILL_POINTS } from '../../../../lib/mirror/index.js';
import { PvcSendingWorld, VM } from '../../../support/pvc-sending-world.js';

const MIB = 1024 ** 2;
const DISKS = { wire1_vda: 6 * MIB, wire1_vdb: 3 * MIB + 4096 };

async function two(t: Test, keep?: number): Promise<PvcSendingWorld> {
  const world = await PvcSendingWorld.start(DISKS, keep);
  t.teardown(() => world.stop());
  world.fill('wire1_vda', 0, MIB, 1);
  world.fill('wire1_vda', 4 * MIB, 5 * MIB, 2);
  world.fill('wire1_vdb', 2 * MIB, 3 * MIB + 4096, 3);
  return world;
}

function equal(t: Test, world: PvcSendingWorld, snapshot: string, names = Object.keys(DISKS)): void {
  for (const name of names) {
    const here = createHash('sha256')
      .update(world.streams.bytes({ pool: 'vms', name }, snapshot))
      .digest('hex');
    t.equal(world.pvc.sum(`there/${name}`, snapshot), here, `${name}@${snapshot}`);
  }
}

void t.test('I2 M2 M16 all of a VM, then what changed, with its discards, in the pool there', async (t) => {
  const world = await two(t);
  const first = await world.mirrored();
  t.match(first.message, /is mirrored to west: point mr\w+ \(there is nothing of it there yet\)/);
  equal(t, world, first.point);
  const vm = world.pvc.vms.get('wire1');
  t.match(vm, { state: 'mirror', uuid: VM, disks: ['there/wire1_vda', 'there/wire1_vdb'] });
  t.match(vm?.xml, /name="there\/wire1_vda"/);
  t.match(world.mirror(), {
    role: 'active',
    peers: [{ name: 'west', cluster: 'pvc:west', last: { name: first.point } }],
  });

  world.fill('wire1_vda', 4 * MIB, 5 * MIB);
  world.fill('wire1_vda', 2 * MIB, 2 * MIB + 10, 7);
  // Somebody writes to the copy: M3.
  world.pvc.images.get('there/wire1_vdb')?.bytes.fill(0xee);
  const second = await world.mirrored();
  t.equal(second.base, first.point, 'D12');
  equal(t, world, second.point);
  t.match(world.pvc.calls.filter((call) => call.includes('POST')).at(-2), /rollback 202/);

  const third = await world.mirrored();
  t.equal(third.base, second.point);
  equal(t, world, third.point);
  t.notOk(
    world.pvc.calls
      .slice(world.pvc.calls.findLastIndex((call) => call.includes('config')))
      .some((call) => call.startsWith('PUT')),
    'nothing has changed: no block at all',
  );
});

void t.test('M1 M25 D1 what was cut is listed there, is not believed, and comes again', async (t) => {
  const world = await two(t);
  const first = await world.mirrored();
  world.fill('wire1_vda', 0, 6 * MIB, 9);
  let cuts = 0;
  world.pvc.cut = (call, bytes) => {
    if (call !== 'body' || bytes < MIB) return;
    cuts += 1;
    throw new Error('the connection is cut');
  };
  const failed = await world.ends('vm.create_mirror');
  t.match(failed, { state: 'failed', error: { code: 'API_UNREACHABLE' } });
  t.ok(cuts > 1, 'it was tried again');
  t.equal(world.pvc.vms.get('wire1')?.snapshots.length, 2, 'it lists what has not come');
  t.match(world.mirror(), { peers: [{ last: { name: first.point }, problem: /cut/ }] });
  world.pvc.cut = () => undefined;
  world.fill('wire1_vda', 0, 6 * MIB, 1);
  const second = await world.mirrored();
  t.equal(second.base, first.point);
  equal(t, world, second.point);
});

void t.test(
  'M1 a completion without an answer is asked for again, and completes what has come',
  async (t) => {
    const world = await two(t);
    const first = await world.mirrored();
    world.fill('wire1_vda', 0, 6 * MIB, 9);
    let cuts = 0;
    world.pvc.cut = (call) => {
      if (call !== 'PATCH block' || cuts > 0) return;
      cuts += 1;
      throw new Error('the connection is cut');
    };
    const second = await world.mirrored();
    t.equal(cuts, 1);
    t.equal(second.base, first.point);
    equal(t, world, second.point);
  },
);

void t.test('M3 a rollback there without an answer ends the attempt: it may still come', async (t) => {
  const world = await two(t);
  await world.mirrored();
  world.pvc.cut = (call) => {
    if (call === 'POST rollback') throw new Error('the connection is cut');
  };
  const failed = await world.ends('vm.create_mirror');
  t.match(failed, { state: 'failed', error: { code: 'REFUSED', message: /may still be under way/ } });
  t.equal(world.pvc.calls.filter((call) => call.includes('PUT')).length, 0, 'no block was sent after it');
  world.pvc.cut = () => undefined;
  equal(t, world, (await world.mirrored()).point);
});

void t.test('M1 a first transfer that was cut leaves nothing in the way of the next (M35)', async (t) => {
  const world = await two(t);
  world.pvc.cut = (call) => {
    if (call === 'GET wire1_vdb' || call === 'PATCH block') throw new Error('the connection is cut');
  };
  t.match(await world.ends('vm.create_mirror'), { state: 'failed' });
  world.pvc.cut = (call, bytes) => {
    if (call === 'body' && bytes > 2 * MIB) throw new Error('the connection is cut');
  };
  t.match(await world.ends('vm.create_mirror'), { state: 'failed' });
  world.pvc.cut = () => undefined;
  equal(t, world, (await world.mirrored()).point);
});

void t.test('M1 a base that is not there any more, or was replaced there: all of it goes', async (t) => {
  const world = await two(t);
  const first = await world.mirrored();
  world.pvc.images.get('there/wire1_vdb')?.snapshots.delete(first.point);
  world.fill('wire1_vda', 0, 100, 5);
  const second = await world.mirrored();
  t.match(second.message, /its snapshot of there\/wire1_vdb is gone there/);
  equal(t, world, second.point);
  const vm = world.pvc.vms.get('wire1');
  if (vm !== undefined) vm.snapshots = vm.snapshots.map((one) => ({ ...one, timestamp: '1.5' }));
  const third = await world.mirrored();
  t.match(third.message, /is not listed there any more/, 'one of the same name and another moment');
  equal(t, world, third.point);
});

void t.test('M7 nothing there is written to that is not the copy', async (t) => {
  const world = await two(t);
  world.pvc.images.set('there/wire1_vdb', { bytes: Buffer.alloc(MIB), snapshots: new Map() });
  t.match(await world.ends('vm.create_mirror'), {
    error: { message: /there is a volume there\/wire1_vdb that is not of the copy/ },
  });
  t.notOk(world.pvc.vms.has('wire1'), 'and nothing has changed');
  world.pvc.images.clear();
  await world.mirrored();
  const vm = world.pvc.vms.get('wire1');
  if (vm === undefined) throw new Error('it is there');
  vm.state = 'start';
  t.match(await world.ends('vm.create_mirror'), {
    error: { message: /is no mirror there: its state is start/ },
  });
  world.pvc.vms.set('wire1', { ...vm, state: 'mirror', uuid: '00000009-0000-4000-8000-000000000009' });
  t.match(await world.ends('vm.create_mirror'), { error: { message: /another VM there is called 'wire1'/ } });
});

void t.test('M14 a disk grows there to the byte, or it is said why not', async (t) => {
  const world = await two(t);
  await world.mirrored();
  world.resize('wire1_vda', 10 * MIB);
  world.fill('wire1_vda', 9 * MIB, 10 * MIB, 4);
  equal(t, world, (await world.mirrored()).point);
  world.resize('wire1_vda', 10 * MIB + 512);
  t.match(await world.ends('vm.create_mirror'), {
    error: { message: /PVC makes none smaller, and sets sizes rounded up/ },
  });
});

void t.test('M24 old points go there too, also one that was listed and never came', async (t) => {
  const world = await two(t, 2);
  await world.mirrored();
  world.fill('wire1_vda', 0, 100, 8);
  world.pvc.cut = (call) => {
    if (call === 'PATCH block') throw new Error('the connection is cut');
  };
  t.match(await world.ends('vm.create_mirror'), { state: 'failed' });
  world.pvc.cut = () => undefined;
  const points = [(await world.mirrored()).point, (await world.mirrored()).point];
  t.same(
    world.pvc.vms
      .get('wire1')
      ?.snapshots.map(({ name }) => name)
      .sort(),
    points.sort(),
  );
});

void t.test('M30 an old point that does not go there fails the run; the next one removes it', async (t) => {
  const world = await two(t, 1);
  const first = await world.mirrored();
  world.pvc.cut = (call) => {
    // Gone since it was looked for: the task there fails of it, long after its request was answered.
    if (call === 'DELETE snapshot') world.pvc.images.get('there/wire1_vda')?.snapshots.delete(first.point);
  };
  t.match(await world.ends('vm.create_mirror'), {
    state: 'failed',
    error: { code: 'REFUSED', message: /rbd snap rm there\/wire1_vda@/ },
  });
  const listed = () => world.pvc.vms.get('wire1')?.snapshots.map(({ name }) => name);
  t.equal(listed()?.length, 2, 'the old one is there still');
  t.ok(listed()?.includes(first.point));
  world.pvc.cut = () => undefined;
  const { point } = await world.mirrored();
  t.same(listed(), [point]);
  for (const name of Object.keys(DISKS))
    t.same([...(world.pvc.images.get(`there/${name}`)?.snapshots.keys() ?? [])], [point], name);
  equal(t, world, point);
});

void t.test('M66 what a point holds, or what has changed, is counted once in a run', async (t) => {
  const world = await two(t);
  const { streams } = world;
  const counted: string[] = [];
  const count = streams.touchedBytes.bind(streams);
  streams.touchedBytes = (image, snapshot, from) => {
    counted.push(`${image.name}@${snapshot} since ${from ?? 'its beginning'}`);
    return count(image, snapshot, from);
  };
  const first = await world.mirrored();
  const all = Object.keys(DISKS).map((name) => `${name}@${first.point} since its beginning`);
  t.same(counted.splice(0).sort(), all);
  world.fill('wire1_vda', 0, 100, 8);
  const second = await world.mirrored();
  t.equal(second.base, first.point);
  const changes = Object.keys(DISKS).map((name) => `${name}@${second.point} since ${first.point}`);
  t.same(counted.sort(), changes);
});

void t.test('a hand-over to PVC, of a stopped VM, and why there is no way back by itself', async (t) => {
  const world = await two(t);
  await world.mirrored();
  t.match(world.pvc.vms.get('wire1'), { autostart: false }, 'M5 no node there starts a mirror by itself');
  world.fill('wire1_vda', 0, 100, 8);
  const done = await world.ends('vm.promote_mirror');
  t.match(done, { state: 'done', result: { message: /active one on west/ } });
  const { point } = done.result as { readonly point: string };
  equal(t, world, point);
  t.match(world.pvc.vms.get('wire1'), { state: 'stop', autostart: true });
  t.equal(world.tasks.peek(`/domains/${VM}/state`), 'mirror');
  t.match(world.mirror(), {
    role: 'mirror',
    epoch: 1,
    source: { cluster: 'pvc:west', name: 'west' },
    head: { state: 'clean' },
  });
  t.match(await world.ends('vm.create_mirror'), { error: { message: /only the active one is sent/ } });
});

for (const remove of [false, true])
  void t.test(
    `M8 I8 a worker that dies at the end of a hand-over${remove ? ' with --remove' : ''}: it is done once`,
    async (t) => {
      const points = PROMOTE_KILL_POINTS.filter((point) => /see-it-run|settle/.test(point));
      t.ok(points.length > 3);
      for (const point of points) {
        const world = await two(t);
        await world.standby();
        await world.mirrored();
        world.killAt = point;
        const done = await world.ends('vm.promote_mirror', { remove_on_source: remove });
        t.equal(world.killAt, undefined, `${point} was reached`);
        t.match(done, { state: 'done', attempt: 2, result: { message: /active one on west/ } }, point);
        t.match(world.pvc.vms.get('wire1'), { state: 'stop' }, point);
        if (remove) t.equal(world.mirror(), undefined, point);
        else t.match(world.mirror(), { role: 'mirror', epoch: 1 }, point);
      }
    },
  );

void t.test('M9 a hand-over that fails before the point of no return puts everything back', async (t) => {
  const world = await two(t);
  await world.mirrored();
  let deltas = 0;
  world.pvc.cut = (call) => {
    if (call !== 'PATCH block') return;
    deltas += 1;
    if (deltas > 2) throw new Error('the connection is cut');
  };
  t.match(await world.ends('vm.promote_mirror'), { state: 'failed' });
  t.equal(world.pvc.vms.get('wire1')?.state, 'mirror');
  t.equal(world.tasks.peek(`/domains/${VM}/state`), 'stop');
  t.match(world.mirror(), { role: 'active', epoch: 0, promote: undefined });
});

void t.test('M8 a copy that does not start there: ours stays, and the record says what helps', async (t) => {
  const world = await two(t);
  await world.mirrored();
  world.pvc.cut = (call) => {
    if (call === 'POST state') throw new Error('the connection is cut');
  };
  t.match(await world.ends('vm.promote_mirror'), { state: 'failed' });
  t.match(world.mirror(), { role: 'handed-over', promote: { cursor: 'activate' } }, 'forward only');
  world.pvc.cut = () => undefined;
  t.match(
    await world.ends('vm.promote_mirror', { reclaim: true }),
    { state: 'done' },
    'it is a mirror there still',
  );
  t.match(world.mirror(), { role: 'active', epoch: 2 });
  const vm = world.pvc.vms.get('wire1');
  if (vm === undefined) throw new Error('it is there');
  const over = world.ends('vm.promote_mirror');
  world.pvc.cut = (call) => {
    if (call === 'POST state') {
      vm.state = 'fail';
      throw new Error('the connection is cut');
    }
  };
  t.match(await over, { state: 'failed' });
  t.match(await world.ends('vm.promote_mirror', { reclaim: true }), {
    error: { message: /PVC takes no VM back into a mirror/ },
  });
});

void t.test('a cluster that is no PVC, or too old a one, is refused before anything is sent', async (t) => {
  const world = await two(t);
  for (const [version, said] of [
    ['0.9.100', /mirrors need 0\.9\.101/],
    ['0.8.200', /mirrors need 0\.9\.101/],
    ['unknown', /mirrors need 0\.9\.101/],
  ] as const) {
    world.pvc.version = version;
    t.match(await world.ends('vm.create_mirror'), { error: { message: said } }, version);
  }
  for (const version of ['0.9.101', '0.10.0', '1.0~git-abc']) {
    world.pvc.version = version;
    t.match(await world.ends('vm.create_mirror'), { state: 'done' }, version);
  }
  world.pvc.greeting = 'hello';
  t.match(await world.ends('vm.create_mirror'), { error: { message: /it is no cluster of PVC/ } });
});
