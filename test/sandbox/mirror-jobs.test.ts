import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { byKeys, checksum, type Guest, guestXml, INSIDE, until, waitForRecord } from '../../sandbox/index.js';
import { qemusOn } from '../support/guest-life.js';
import { DISKS, MIRRORED, MirrorPair, NODES, type Side } from '../support/mirror-pair.js';
import { scale } from '../support/scale.js';

const WITHIN = { limitMs: 180_000 };
const KEEP = 2;
const KIB = 1024;
const MIB = 1024 * KIB;

/** A third cluster, one of PVC: a program on the node of the east. */
const NORTH = { protocol: 'pvc', address: '127.0.0.1', port: 7371, token: 'of-the-north' };
const NORTH_PROGRAM = fileURLToPath(new URL('../support/pvc-receiver-program.js', import.meta.url));
/** What takes the mails, and where it keeps them. */
const SENDMAIL = `${INSIDE}/sendmail`;
const MAILS = `${INSIDE}/mails`;

const pair = await MirrorPair.open(t, {
  haltable: true,
  mirror: { tags: ['automirror'], keep: KEEP },
  report: { mail: { to: ['ops@example.test'], sendmail: SENDMAIL, when: 'failure' } },
  aliases: { copies: { pools: { vms: 'copies' } }, north: NORTH },
});
const { sandbox } = pair;

await t.test('the guest runs, and is a copy on the other side', async (t) => {
  await pair.guest(t);
  await waitForRecord(sandbox, MIRRORED, 5);
});

async function points(t: Test, side: Side): Promise<readonly string[]> {
  const text = await pair.does(t, side, 'vm', 'snapshot', 'list', 'vm1', '-f', 'json');
  return (JSON.parse(text) as { name: string }[]).map(({ name }) => name);
}

/** What automirror has made: others may give such a name by hand, and keep it. */
function automatic(names: readonly string[]): readonly string[] {
  return names.filter((name) => /^am\d+$/.test(name));
}

await t.test('D11 M16: into a pool of another name: the definition there names it', async (t) => {
  const ceph = sandbox.cephHost('west').name;
  await sandbox.run(ceph, ['ceph', 'osd', 'pool', 'create', 'copies', '8']);
  await sandbox.run(ceph, ['rbd', 'pool', 'init', 'copies']);
  const other: Guest = { ...MIRRORED, name: 'vm2', uuid: '00000002-0000-4000-8000-000000000001' };
  await sandbox.rbd('east', 'create', '--size', '16M', 'vms/vm2');
  const io = ['--io-type', 'write', '--io-size', '64K', '--io-total', '4M', '--io-pattern', 'rand'];
  await sandbox.rbd('east', 'bench', ...io, 'vms/vm2');
  const xml = guestXml(sandbox.cluster('east'), other);
  await sandbox.run(NODES.east, ['sh', '-c', 'cat > /tmp/vm2.xml'], { input: xml });
  await pair.does(t, 'east', 'vm', 'define', '/tmp/vm2.xml', '-t', NODES.east);
  await pair.does(t, 'east', 'vm', 'mirror', 'create', 'vm2', 'copies');
  t.equal(await checksum(sandbox, 'west', 'copies/vm2'), await checksum(sandbox, 'east', 'vms/vm2'));
  const text = await pair.does(t, 'west', 'vm', 'info', 'vm2', '-f', 'json');
  t.match(text, /copies\/vm2/, 'its disk');
  t.notMatch(text, /vms\/vm2/);
  await pair.does(t, 'west', 'vm', 'remove', 'vm2', '--force', '--delete-disks', '-y');
});

await t.test(
  'M18 M24: automirror: tags say what goes where, and as many points are kept on both sides',
  async (t) => {
    await byKeys(sandbox, MIRRORED, 'tag', 'automirror');
    await pair.does(t, 'east', 'vm', 'snapshot', 'create', 'vm1', 'amanda');
    for (let round = 1; round <= KEEP + 2; round += 1) {
      await pair.write('east', 4 * KIB, 16);
      t.match(await pair.does(t, 'east', 'vm', 'automirror'), /up to date: 1/);
    }
    await pair.equal(t, 'east', 'west');
    for (const side of ['east', 'west'] as const) {
      const names = await points(t, side);
      t.equal(automatic(names).length, KEEP, `${side} keeps ${KEEP}: ${names.join(' ')}`);
      await pair.whole(t, side);
    }
    t.ok((await points(t, 'east')).includes('amanda'), 'what somebody made by hand stays');
  },
);

await t.test('M23: an unknown destination fails alone, with the names that there are', async (t) => {
  await byKeys(sandbox, MIRRORED, 'tag', 'automirror:nowhere');
  const { code, stdout, stderr } = await pair.drover('east', 'vm', 'automirror');
  t.equal(code, 1);
  t.match(stdout + stderr, /1 of 2 mirrors.*peer 'nowhere'.*there are west/s);
  await pair.equal(t, 'east', 'west');
  await byKeys(sandbox, MIRRORED, 'untag', 'automirror:nowhere');
  const nobody = await pair.drover('east', 'vm', 'automirror', '--vm', 'nobody', 'vm1');
  t.equal(nobody.code, 1);
  t.match(nobody.stdout + nobody.stderr, /1 of 2 mirrors.*nobody/s, 'a VM that is none stops no other');
  await pair.equal(t, 'east', 'west');
});

/** Starts the third cluster, which ends with the sandbox. */
async function startNorth(): Promise<void> {
  const run = `${process.execPath} ${NORTH_PROGRAM} ${NORTH.port} ${NORTH.token}`;
  await sandbox.run(NODES.east, ['sh', '-c', `setsid ${run} >${INSIDE}/north.log 2>&1 &`]);
  await until('the third cluster', WITHIN, () => north('state').catch(() => undefined));
}

/** Asks the third cluster what no API tells. */
async function north(path: string): Promise<unknown> {
  const url = `http://${NORTH.address}:${NORTH.port}/test/${path}`;
  const script = `fetch('${url}').then((r) => r.text()).then((t) => process.stdout.write(t))`;
  const { stdout } = await sandbox.run(NODES.east, [process.execPath, '-e', script]);
  return JSON.parse(stdout);
}

/** The newest point that the third cluster has, with the same bytes as here. */
async function equalNorth(t: Test): Promise<void> {
  const { vms } = (await north('state')) as { vms: { snapshots: { name: string }[] }[] };
  const names = automatic(vms[0]?.snapshots.map(({ name }) => name) ?? []);
  const newest = names.toSorted().at(-1) ?? 'none';
  const sums = (await north(`sums?snapshot=${newest}`)) as Readonly<Record<string, string>>;
  for (const disk of DISKS)
    t.equal(
      sums[`vms/${disk}`],
      await checksum(sandbox, 'east', `vms/${disk}@${newest}`),
      `I2 ${disk}@${newest}`,
    );
  t.equal(names.length, KEEP, `there as well ${KEEP} are kept: ${names.join(' ')}`);
}

async function mails(): Promise<readonly string[]> {
  const { stdout } = await sandbox.run(NODES.east, ['sh', '-c', `cat ${MAILS} 2>/dev/null || true`]);
  // Long lines are broken, with an equals sign at their end.
  return stdout
    .replaceAll('=\n', '')
    .split(/^(?=From: )/m)
    .filter((mail) => mail !== '');
}

await t.test(
  'D5 D7 M19 M28: one of two destinations is down: the other has every point, one mail a run, and it goes on later',
  async (t) => {
    const keep = `#!/bin/sh\ncat >>${MAILS}\n`;
    await sandbox.run(NODES.east, ['sh', '-c', `cat >${SENDMAIL}; chmod 755 ${SENDMAIL}`], { input: keep });
    await startNorth();
    for (const tag of ['gold', 'automirror:north']) await byKeys(sandbox, MIRRORED, 'tag', tag);
    t.match(await pair.does(t, 'east', 'vm', 'automirror'), /up to date: 2/);
    const base = await pair.equal(t, 'east', 'west');
    await pair.daemon('west').kill();
    for (let round = 1; round <= KEEP + 1; round += 1) {
      await pair.write('east', 4 * KIB, 16);
      const failed = await pair.drover('east', 'vm', 'automirror', '--cron');
      t.equal(failed.code, 1, 'even --cron says that it failed');
      t.match(failed.stdout + failed.stderr, /1 of 2 mirrors.*west/s);
    }
    await equalNorth(t);
    const told = await mails();
    t.equal(told.length, KEEP + 1, 'one mail a run');
    for (const mail of told)
      t.match(
        mail,
        /Subject: Automirror of cluster east: 1 of 2 failed[^]*FAILED +vm1 \S+ west[^]*done +vm1 \S+ north/,
      );
    t.ok((await points(t, 'east')).includes(base), 'I3 the base of the lagging one stays');
    await pair.start('west');
    await pair.served('west');
    await byKeys(sandbox, MIRRORED, 'untag', 'gold');
    t.match(await pair.does(t, 'east', 'vm', 'automirror'), /up to date: 2/);
    await pair.equal(t, 'east', 'west');
    const there = automatic(await points(t, 'west'));
    t.ok(there.includes(base), 'only what changed since its own base came');
    t.equal(there.length, KEEP, `what it had before goes there too: ${there.join(' ')}`);
    await equalNorth(t);
    const names = await points(t, 'east');
    t.equal(automatic(names).length, KEEP, 'nothing is left of the failed runs');
    const tags = JSON.parse(await pair.does(t, 'west', 'vm', 'info', 'vm1', '-f', 'json')) as {
      tags: { name: string }[];
    }[];
    t.notOk(
      tags[0]?.tags.some(({ name }) => name === 'gold'),
      'the tag has gone there too',
    );
    await byKeys(sandbox, MIRRORED, 'untag', 'automirror:north');
  },
);

await t.test('a mirror is cancelled in the middle: it says so, and the next one goes on', async (t) => {
  await pair.write('east', 4 * MIB, 8);
  await pair.daemon('west').haltAt('receive/unit/guarded');
  await pair.request(t, 'east', 'cut', 'vm.create_mirror', { vm: 'vm1' });
  await until('it to be in the middle', WITHIN, () => pair.daemon('west').halted());
  await pair.does(t, 'east', 'task', 'cancel', 'cut');
  const { code, stdout, stderr } = await pair.drover('east', 'task', 'watch', 'cut');
  t.equal(code, 1);
  t.match(stdout + stderr, /cancel/i);
  await pair.daemon('west').letGo();
  await pair.does(t, 'east', 'vm', 'mirror', 'create', 'vm1');
  await pair.equal(t, 'east', 'west');
  await pair.whole(t, 'west');
});

await t.test(
  'D4: a pool that is full in the middle: the transfer ends and says so, and goes on when there is room',
  scale<{ skip?: string }>({ regular: { skip: 'a minute of standstill: only in the long run' }, all: {} }),
  async (t) => {
    await pair.write('east', 4 * MIB, 16);
    await pair.daemon('west').haltAt('receive/unit/before');
    await pair.request(t, 'east', 'full', 'vm.create_mirror', { vm: 'vm1' });
    await until('a unit to come', WITHIN, () => pair.daemon('west').halted());
    await fill(true);
    await pair.daemon('west').letGo();
    const { code, stdout, stderr } = await pair.drover('east', 'task', 'watch', 'full');
    t.equal(code, 1);
    t.match(stdout + stderr, /free space/);
    await fill(false);
    await pair.does(t, 'east', 'vm', 'mirror', 'create', 'vm1');
    await pair.equal(t, 'east', 'west');
    await pair.whole(t, 'west');
  },
);

/** Makes the disks of the west full, by what counts as full, or not: what is written then waits, as a removal does. */
async function fill(full: boolean): Promise<void> {
  const { name } = sandbox.cephHost('west');
  const ratios = full ? [0.001, 0.002, 0.003] : [0.85, 0.9, 0.95];
  for (const [at, what] of ['nearfull', 'backfillfull', 'full'].entries())
    await sandbox.run(name, ['ceph', 'osd', `set-${what}-ratio`, String(ratios[at])]);
  await until(`the pool ${full ? 'to be full' : 'to have room'}`, WITHIN, async () => {
    const { stdout } = await sandbox.run(name, ['ceph', 'osd', 'pool', 'ls', 'detail']);
    const flags = /^pool \d+ 'vms' .* flags (\S+)/m.exec(stdout)?.[1] ?? '';
    return flags.split(',').includes('full') === full ? true : undefined;
  });
}

await t.test(
  'a hand-over is cancelled before its point of no return: the guest runs again, here',
  async (t) => {
    await pair.daemon('east').haltAt('promote/last-delta/before');
    await pair.request(t, 'east', 'early', 'vm.promote_mirror', { vm: 'vm1' });
    await until('the guest to be down', WITHIN, () => pair.daemon('east').halted());
    t.match((await pair.mirrored('east'))?.role, 'handing-over');
    t.same(
      [await qemusOn(sandbox, NODES.east, MIRRORED), await qemusOn(sandbox, NODES.west, MIRRORED)],
      [0, 0],
    );
    await pair.does(t, 'east', 'task', 'cancel', 'early');
    await pair.daemon('east').letGo();
    const { code, stdout, stderr } = await pair.drover('east', 'task', 'watch', 'early');
    t.equal(code, 1);
    t.match(stdout + stderr, /cancel/i);
    const last = await waitForRecord(sandbox, MIRRORED, 0);
    await waitForRecord(sandbox, MIRRORED, last + 5, WITHIN);
    t.match(await pair.mirrored('east'), { role: 'active' });
    t.match(await pair.mirrored('west'), { role: 'mirror' });
    await pair.does(t, 'east', 'vm', 'mirror', 'create', 'vm1');
    await pair.equal(t, 'east', 'west');
  },
);

await t.test('a hand-over whose copy has not begun to run is taken back', async (t) => {
  await pair.daemon('west').haltAt('vm/start/before');
  await pair.request(t, 'east', 'back', 'vm.promote_mirror', { vm: 'vm1' });
  await until('the start there', WITHIN, () => pair.daemon('west').halted());
  await pair.does(t, 'east', 'task', 'cancel', 'back');
  await pair.drover('east', 'task', 'watch', 'back');
  t.match((await pair.mirrored('east'))?.role, 'handed-over', 'beyond the point of no return it stays');
  t.match(await pair.drover('east', 'vm', 'start', 'vm1', '--force'), { code: 1 }, 'nor is it started here');
  t.match(
    await pair.does(t, 'east', 'vm', 'mirror', 'promote', 'vm1', '--reclaim', '-y'),
    /the active one here again/,
  );
  await pair.daemon('west').letGo();
  const last = await waitForRecord(sandbox, MIRRORED, 0);
  await waitForRecord(sandbox, MIRRORED, last + 5, WITHIN);
  t.match(await pair.mirrored('west'), { role: 'mirror' });
  t.equal(await pair.state('west'), 'mirror');
  t.same(
    [await qemusOn(sandbox, NODES.east, MIRRORED), await qemusOn(sandbox, NODES.west, MIRRORED)],
    [1, 0],
  );
  await pair.does(t, 'east', 'vm', 'mirror', 'create', 'vm1');
  await pair.equal(t, 'east', 'west');
});

await t.test(
  'a destination that is lost beyond the point of no return: the word of an operator brings the VM back',
  async (t) => {
    await pair.daemon('east').haltAt('promote/activate/before');
    await pair.request(t, 'east', 'lost', 'vm.promote_mirror', { vm: 'vm1' });
    await until('the hand-over', WITHIN, () => pair.daemon('east').halted());
    await pair.daemon('west').kill();
    await pair.daemon('east').letGo();
    await pair.does(t, 'east', 'task', 'cancel', 'lost');
    await pair.drover('east', 'task', 'watch', 'lost');
    t.match((await pair.mirrored('east'))?.role, 'handed-over');
    const reclaim = ['vm', 'mirror', 'promote', 'vm1', '--reclaim', '-y'];
    const unheard = await pair.drover('east', ...reclaim);
    t.equal(unheard.code, 1, 'it may run there');
    t.match(unheard.stdout + unheard.stderr, /does not say whether.*--destination-is-off/s);
    t.match(await pair.does(t, 'east', ...reclaim, '--destination-is-off'), /the active one here again/);
    const last = await waitForRecord(sandbox, MIRRORED, 0);
    await waitForRecord(sandbox, MIRRORED, last + 5, WITHIN);
    await pair.start('west');
    await pair.served('west');
    await pair.does(t, 'east', 'vm', 'mirror', 'create', 'vm1');
    await pair.equal(t, 'east', 'west');
    t.match(await pair.mirrored('west'), { role: 'mirror' }, 'it was only prepared there');
  },
);

await t.test('M24: a snapshot is sent by its name; another one of that name changes nothing', async (t) => {
  await pair.does(t, 'east', 'vm', 'snapshot', 'create', 'vm1', 'daily');
  t.match(await pair.does(t, 'east', 'vm', 'snapshot', 'send', 'vm1', 'daily'), /point daily/);
  await pair.equal(t, 'east', 'west');
  await pair.does(t, 'east', 'vm', 'snapshot', 'remove', 'vm1', 'daily', '--force', '-y');
  await pair.does(t, 'east', 'vm', 'snapshot', 'create', 'vm1', 'daily');
  const again = await pair.drover('east', 'vm', 'snapshot', 'send', 'vm1', 'daily');
  t.equal(again.code, 1);
  t.match(again.stdout + again.stderr, /the copy has another one of this name/);
  await pair.whole(t, 'west');
  await pair.does(t, 'east', 'vm', 'mirror', 'create', 'vm1');
  await pair.equal(t, 'east', 'west');
  t.match(await pair.does(t, 'east', 'vm', 'mirror', 'info', 'vm1'), /Role: +active[^]*west +mr\d+/);
});

await t.test(
  'M10 M49: the site is lost: the copy is started by force, and the former source becomes the copy',
  async (t) => {
    await pair.does(t, 'west', 'vm', 'start', 'vm1', '--force', '--wait');
    const refused = await pair.drover('east', 'vm', 'mirror', 'create', 'vm1');
    t.equal(refused.code, 1, 'what the former source sends is refused');
    t.match(refused.stdout + refused.stderr, /not a copy.*demote/s);
    const running = await pair.drover('east', 'vm', 'mirror', 'demote', 'vm1', '-y');
    t.match(running, { code: 1, stderr: /does not run can become a copy/ });
    await pair.does(t, 'east', 'vm', 'stop', 'vm1', '-y', '--wait');
    t.match(await pair.does(t, 'east', 'vm', 'mirror', 'demote', 'vm1', '-y'), /is a copy now/);
    t.equal(await pair.state('east'), 'mirror');
    t.match(
      await pair.does(t, 'west', 'vm', 'mirror', 'create', 'vm1', 'east'),
      /what changed since/,
      'only what changed travels back',
    );
    await pair.equal(t, 'west', 'east');
    t.match(
      await pair.does(t, 'east', 'vm', 'automirror'),
      /up to date: 0/,
      'its tag selects nothing: the other cluster has it now',
    );
    const asked = await pair.drover('east', 'vm', 'automirror', '--vm', 'vm1');
    t.equal(asked.code, 1);
    t.match(asked.stdout + asked.stderr, /only the active one is sent/);
  },
);

await t.test('M8: a hand-over with --remove leaves the disks in the trash, and nothing else', async (t) => {
  await pair.does(t, 'west', 'vm', 'mirror', 'promote', 'vm1', 'east', '--remove', '-y');
  t.match(await pair.mirrored('east'), { role: 'active' });
  t.match(await pair.drover('west', 'vm', 'info', 'vm1'), { code: 1, stderr: /no.*vm1|not found/i });
  const trash = await sandbox.rbd('west', 'trash', 'ls', 'vms');
  for (const disk of DISKS) t.match(trash, new RegExp(`\\b${disk}\\b`), 'kept for a day');
  t.equal((await byKeys(sandbox, { ...MIRRORED, cluster: 'west' }, 'list', '/domains')).stdout.trim(), '');
  const last = await waitForRecord(sandbox, MIRRORED, 0);
  await waitForRecord(sandbox, MIRRORED, last + 5, WITHIN);
});
