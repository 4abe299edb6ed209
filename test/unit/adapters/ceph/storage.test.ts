import t from 'tap';
import { CephStorage } from '../../../../lib/adapters/ceph/index.js';
import { DroverError, type ErrorCode, LIMITS } from '../../../../lib/core/index.js';
import type { Command, Storage } from '../../../../lib/ports/index.js';
import { failure } from '../../../support/failure.js';
import { type Answer, ScriptedProcesses } from '../../../support/scripted-processes.js';
import * as recorded from './recorded.js';

const NAME = { pool: 'vms', name: 'a.b-c_007' };
const ACCESS = { conf: '/c/ceph.conf', user: 'libvirt', keyring: '/c/keyring' };
/** What every command line begins with: four options and their values. */
const OPTIONS = 8;

interface Case {
  readonly storage: CephStorage;
  readonly processes: ScriptedProcesses;
  /** What was run, without the options of access. */
  readonly told: () => string[];
}

/** Answers by the first word of the command after the options of access. */
function withAnswers(answers: Readonly<Record<string, Answer>>): Case {
  const processes = new ScriptedProcesses(({ args }: Command) => {
    const word = args.slice(OPTIONS).filter((part) => part in answers)[0];
    if (word === undefined) throw new Error(`nothing is recorded for ${args.join(' ')}`);
    return answers[word]!;
  });
  return { storage: new CephStorage(processes, ACCESS), processes, told: () => processes.told(OPTIONS) };
}

void t.test('every command says where the cluster is, has a limit, and prints UTC', async (t) => {
  const { storage, processes } = withAnswers({ info: { stdout: recorded.INFO } });
  await storage.image(NAME);
  await storage.image(NAME, { limitMs: 7 });
  t.same(processes.commands[0], {
    program: 'rbd',
    args: [
      ...['--conf', '/c/ceph.conf', '--id', 'libvirt', '--keyring', '/c/keyring'],
      ...['--client_mount_timeout', '10', 'info', '--format', 'json', 'vms/a.b-c_007'],
    ],
    limitMs: LIMITS.cephCallMs,
    outputBytes: LIMITS.commandOutputBytes,
    env: { TZ: 'UTC' },
  });
  t.equal(processes.commands[1]?.limitMs, 7);
  const bare = new ScriptedProcesses(() => ({ stdout: recorded.INFO }));
  await new CephStorage(bare).image(NAME);
  t.same(bare.commands[0]?.args.slice(0, 3), ['--client_mount_timeout', '10', 'info']);
});

void t.test('an image', async (t) => {
  const { storage } = withAnswers({ info: { stdout: recorded.INFO } });
  t.same(await storage.image(NAME), {
    id: '1019abc40da0',
    bytes: 67108864,
    features: ['layering', 'exclusive-lock', 'object-map', 'fast-diff', 'deep-flatten'],
    flags: [],
    info: recorded.INFO.trim(),
  });
});

void t.test('only a missing image is none: not a missing pool, keyring or monitor', async (t) => {
  const answer = (stderr: string, code: number) =>
    withAnswers({ info: { stderr, code } }).storage.image({ pool: 'vms', name: 'nope' });
  t.equal(await answer(recorded.MISSING_IMAGE, 2), undefined);
  t.equal((await failure(answer(recorded.MISSING_POOL, 2))).code, 'NOT_FOUND');
  t.equal((await failure(answer(recorded.NO_KEYRING, 2))).code, 'STORAGE_UNREACHABLE');
  t.equal((await failure(answer(recorded.NO_MONITOR, 110))).code, 'STORAGE_UNREACHABLE');
  t.equal((await failure(answer(recorded.SHUT_OUT, 108))).code, 'STORAGE_UNREACHABLE');
});

void t.test('failures carry the code of what happened and the words of Ceph', async (t) => {
  const { MISSING_IMAGE, EXISTS, SHRINK, SHUT_OUT, NOT_IN_TRASH } = recorded;
  const cases: [string, string, Answer, (s: Storage) => Promise<unknown>, ErrorCode, string][] = [
    [
      'create',
      'create',
      { stderr: EXISTS, code: 17 },
      (s) => s.create(NAME, 5),
      'STORAGE_EXISTS',
      '(17) File exists',
    ],
    [
      'grow',
      'resize',
      { stderr: SHRINK, code: 22 },
      (s) => s.grow(NAME, 5),
      'STORAGE_REFUSED',
      'shrinking an image',
    ],
    [
      'grow none',
      'resize',
      { stderr: MISSING_IMAGE, code: 2 },
      (s) => s.grow(NAME, 5),
      'NOT_FOUND',
      'image nope: (2)',
    ],
    [
      'watchers',
      'status',
      { stderr: MISSING_IMAGE, code: 2 },
      (s) => s.watchers(NAME),
      'NOT_FOUND',
      'image nope: (2)',
    ],
    [
      'restore',
      'restore',
      { stderr: NOT_IN_TRASH, code: 2 },
      (s) => s.restore('vms', '10'),
      'NOT_FOUND',
      'in trash',
    ],
    [
      'shut out',
      'cp',
      { stderr: SHUT_OUT, code: 108 },
      (s) => s.copy(NAME, NAME),
      'STORAGE_UNREACHABLE',
      '(108)',
    ],
    ['crash', 'info', { code: undefined }, (s) => s.image(NAME), 'STORAGE_UNREACHABLE', 'SIGSEGV'],
    ['wordless', 'info', { code: 5 }, (s) => s.image(NAME), 'STORAGE_REFUSED', 'rbd ended with code 5'],
    [
      'denied',
      'blocklist',
      { stderr: recorded.CEPH_DENIED, code: 13 },
      (s) => s.blocked(),
      'STORAGE_REFUSED',
      'EACCES',
    ],
    [
      'no key',
      'df',
      { stderr: recorded.CEPH_NO_KEYRING, code: 1 },
      (s) => s.pools(),
      'STORAGE_UNREACHABLE',
      'errno 2',
    ],
    [
      'late',
      'df',
      { stderr: recorded.CEPH_TIMED_OUT, code: 1 },
      (s) => s.pools(),
      'STORAGE_UNREACHABLE',
      'timed out',
    ],
  ];
  for (const [what, word, answer, call, code, words] of cases) {
    const error = await failure(call(withAnswers({ [word]: answer }).storage));
    t.equal(error.code, code, what);
    t.ok(error.reason.includes(words), `${what}: ${error.reason}`);
    t.notMatch(
      error.reason,
      /\n|7f[0-9a-f]{10}/,
      `${what}: one line, without the dates and threads of a log`,
    );
  }
});

void t.test('a deadline and a missing program are told as they are', async (t) => {
  for (const code of ['DEADLINE', 'CANCELLED', 'COMMAND_MISSING', 'OUTPUT_TOO_LARGE'] as const) {
    const error = new DroverError(code, { object: 'rbd', reason: 'so' });
    const storage = new CephStorage(new ScriptedProcesses(() => Promise.reject(error)));
    t.equal(await failure(storage.image(NAME)), error);
  }
});

void t.test('changes, as command lines', async (t) => {
  const { storage, told } = withAnswers({
    ...{ create: {}, rename: {}, cp: {}, restore: {}, blocklist: {} },
    resize: { stderr: recorded.SAME_SIZE, code: 22 },
  });
  await storage.create({ pool: 'vms', name: 'ünï -x' }, 1);
  await storage.grow(NAME, 67108864);
  await storage.rename('vms', '007', '-8');
  await storage.copy(NAME, { pool: 'other', name: 'b' });
  await storage.restore('vms', '1039a2cc555f');
  await storage.block('198.18.1.101', 3600);
  await storage.block('[fd00::1]:0/42', 60);
  await storage.unblock('198.18.1.101:0/4077125');
  t.same(told(), [
    'rbd create --size 1B --image-feature layering,exclusive-lock,object-map,fast-diff,deep-flatten vms/ünï -x',
    'rbd resize --no-progress --size 67108864B vms/a.b-c_007',
    'rbd rename vms/007 vms/-8',
    'rbd cp --no-progress vms/a.b-c_007 other/b',
    'rbd trash restore --pool vms --image-id 1039a2cc555f',
    'ceph osd blocklist add 198.18.1.101 3600',
    'ceph osd blocklist add [fd00::1]:0/42 60',
    'ceph osd blocklist rm 198.18.1.101:0/4077125',
  ]);
});

void t.test('nothing is run for what rbd or ceph would read otherwise', async (t) => {
  const { storage, told } = withAnswers({});
  for (const name of ['', 'a/b', 'a@b', 'a\nb', 'a\0b'])
    t.equal((await failure(storage.image({ pool: 'vms', name }))).code, 'BAD_INPUT', JSON.stringify(name));
  for (const pool of ['', '-p', 'a/b', 'a@b'])
    t.equal((await failure(storage.images(pool))).code, 'BAD_INPUT', JSON.stringify(pool));
  for (const bytes of [0, -1, 1.5, NaN, 2 ** 60])
    t.equal((await failure(storage.create(NAME, bytes))).code, 'BAD_INPUT', String(bytes));
  for (const address of ['', 'host', '198.18.1', '198.18.1.1:0', '198.18.1.1/24', 'fd00::1:0/4x', '--help'])
    t.equal((await failure(storage.block(address, 60))).code, 'BAD_INPUT', address);
  t.equal((await failure(storage.block('198.18.1.1', 0))).code, 'BAD_INPUT');
  t.equal((await failure(storage.trash(NAME, 0.5))).code, 'BAD_INPUT');
  t.equal((await failure(storage.restore('vms', '--help'))).code, 'BAD_INPUT');
  t.same(told(), []);
});

void t.test('trash', async (t) => {
  const answers = {
    info: { stdout: recorded.INFO },
    status: { stdout: recorded.NO_WATCHERS },
    mv: {},
    ls: { stdout: recorded.TRASH },
  };
  await t.test('takes an image that nobody has open, by its id, and says until when', async (t) => {
    const { storage, told } = withAnswers(answers);
    t.equal(await storage.trash(NAME, 3600), '1019abc40da0');
    t.ok(told().includes('rbd trash mv --expires-at 3600 seconds vms/a.b-c_007'));
    t.same(await storage.trashed('vms'), [
      { id: '1039a2cc555f', name: 'copy', until: '2026-11-22T10:47:14.000Z' },
      { id: '1019abc40da0', name: '007', until: '2026-11-01T11:47:57.000Z' },
    ]);
  });

  await t.test('refuses an open one: rbd itself would take the disk of a running guest', async (t) => {
    const { storage, told } = withAnswers({ ...answers, status: { stdout: recorded.WATCHERS } });
    const error = await failure(storage.trash(NAME, 3600));
    t.equal(error.code, 'STORAGE_REFUSED');
    t.match(error.reason, '198.18.1.101:0/4077125');
    t.notOk(told().some((line) => line.includes('trash mv')));
  });

  await t.test('says so when it was another image that went', async (t) => {
    const { storage } = withAnswers({ ...answers, ls: { stdout: '[]\n' } });
    t.equal((await failure(storage.trash(NAME, 3600))).code, 'STORAGE_REFUSED');
  });
});

void t.test('watchers keep all 64 bits of their cookies', async (t) => {
  const { storage } = withAnswers({ status: { stdout: recorded.WATCHERS } });
  t.same(await storage.watchers(NAME), [
    { address: '198.18.1.101:0/4077125', client: '4247', cookie: '139684550283952' },
    { address: '198.18.1.102:0/7', client: '4265', cookie: '18446462598732840961' },
  ]);
});

void t.test('the blocklist is told in the form in which it is given', async (t) => {
  const blocked = (stdout: string) => withAnswers({ blocklist: { stdout } }).storage.blocked();
  t.same(await blocked(recorded.BLOCKLIST), ['198.18.1.223:0/1234567', '198.18.1.222']);
  t.same(await blocked('\n[][]'), []);
  t.same(await blocked('[{"addr":"[fd00::1]:0/0"}][{"addr":"10.0.0.0/8"}]'), ['fd00::1', '10.0.0.0/8']);
});

void t.test('names, pools and the report', async (t) => {
  const { storage } = withAnswers({
    ls: { stdout: '["007","a.b-c","ünï"]\n' },
    df: { stdout: recorded.DF },
    status: { stdout: '  cluster:\n    id:     e5\n' },
    health: { stdout: recorded.HEALTH },
  });
  t.same(await storage.images('vms'), ['007', 'a.b-c', 'ünï']);
  t.same(await storage.pools(), [
    {
      ...{ name: 'vms', id: 1, storedBytes: 127, usedBytes: 20480, freeBytes: 2755794432 },
      ...{ objects: 8, usedFraction: 7.4315585152362473e-6 },
    },
  ]);
  t.same(await storage.report(), {
    status: '  cluster:\n    id:     e5\n',
    usage: recorded.DF,
    health: recorded.HEALTH.trim(),
  });
});

void t.test('an answer that cannot be read is no answer: nothing is concluded from it', async (t) => {
  const garbage = ['', 'Segmentation fault', '{', 'null', '[{}]', '{"watchers":[{"address":7}]}', '"\u0000"'];
  const calls: [string, (s: Storage) => Promise<unknown>][] = [
    ['info', (s) => s.image(NAME)],
    ['status', (s) => s.watchers(NAME)],
    ['ls', (s) => s.images('vms')],
    ['ls', (s) => s.trashed('vms')],
    ['blocklist', (s) => s.blocked()],
    ['df', (s) => s.pools()],
  ];
  for (const stdout of garbage)
    for (const [word, call] of calls) {
      const error = await failure(call(withAnswers({ [word]: { stdout } }).storage));
      t.equal(error.code, 'STORAGE_UNREACHABLE', `${word}: ${JSON.stringify(stdout)}`);
    }
  const trash = recorded.TRASH.replace('protected until', 'guarded till');
  t.equal(
    (await failure(withAnswers({ ls: { stdout: trash } }).storage.trashed('vms'))).code,
    'STORAGE_UNREACHABLE',
  );
});
