import fc from 'fast-check';
import t from 'tap';
import {
  contenderOf,
  contendersOf,
  DOCUMENT_FOLDERS,
  DOCUMENT_PATHS,
  includedInBackup,
  isEphemeralExpected,
  keyPath,
  objectPath,
  parsePath,
  PUBLIC_KEYS,
  withoutContenders,
} from '../../../lib/tree/index.js';
import { storeFixture } from '../../support/fixture.js';

const token = '0123456789abcdef0123456789abcdef';
const contender = `${token}__lock__0000000007`;

/** The pattern with every placeholder filled by a name of its own. */
function example(pattern: string): { path: string; names: Record<string, string> } {
  const names: Record<string, string> = {};
  const path = pattern.replace(/\{(\w+)\}/g, (_, name: string) => (names[name] = `some-${name}`));
  return { path, names };
}

void t.test('paths of the public tree', (t) => {
  t.equal(keyPath('cluster', 'primaryNode'), '/config/primary_node');
  t.equal(keyPath('domain', 'state', { uuid: 'u' }), '/domains/u/state');
  t.equal(objectPath('tag', { uuid: 'u', tag: 'x' }), '/domains/u/tags/x');
  t.equal(keyPath('volume', 'stats', { pool: 'vms', volume: 'a_sda' }), '/ceph/volumes/vms/a_sda/stats');
  for (const node of ['', '.', '..', 'a/b', 'a\0b', 'a\u007f', '\uffff'])
    t.throws(() => objectPath('node', { node }), { code: 'BAD_INPUT' }, JSON.stringify(node));
  t.end();
});

void t.test('every key of the public tree is known by its path', (t) => {
  for (const { group, key, pattern } of PUBLIC_KEYS) {
    const { path, names } = example(pattern);
    t.same(parsePath(path), { is: 'key', group, key, names }, path);
    t.same(parsePath(`${path}/${contender}`), {
      is: 'contender',
      contender: { name: contender, token, kind: 'lock', sequence: 7 },
      under: path,
    });
  }
  t.end();
});

void t.test('every document and folder of the Drover tree is known by its path', (t) => {
  for (const [kind, pattern] of Object.entries(DOCUMENT_PATHS)) {
    const { path, names } = example(pattern);
    t.same(parsePath(path), { is: 'document', kind, names });
  }
  for (const folder of DOCUMENT_FOLDERS) t.match(parsePath(folder), { is: 'folder' }, folder);
  t.end();
});

void t.test('any other text is unknown', (t) => {
  const others = [
    '',
    '/',
    'domains',
    '/domains/',
    '//',
    '/cmd',
    '/cmd/nodes',
    '/zookeeper',
    '/drover/x',
    '/domains/u/states',
    '/domains/u/state/x',
    '/ceph/volumes/p/v/w',
  ];
  for (const path of others) t.same(parsePath(path), { is: 'unknown' }, path);
  fc.assert(fc.property(fc.string(), (path) => parsePath(path).is === 'unknown'));
  t.end();
});

void t.test('contenders', (t) => {
  const read = `${token}__rlock__0000000003`;
  const names = [contender, 'vm1', `${token.toUpperCase()}__lock__0000000001`, `${token}__lock__12`, read];
  t.same(
    contendersOf(names).map((one) => [one.kind, one.sequence]),
    [
      ['rlock', 3],
      ['lock', 7],
    ],
  );
  t.same(withoutContenders(names), names.slice(1, 4));
  t.equal(contenderOf(`x${contender}`), undefined);
  t.end();
});

void t.test(
  'N3c: a backup leaves out what lives with a session, what runs at the moment, and secrets',
  (t) => {
    const left = [
      '/drover/sessions/hv1',
      '/drover/election/leader',
      '/drover/election/epoch',
      '/drover/runs/u',
      '/drover/ops/u',
      '/drover/census/hv1',
      '/drover/tasks/x',
      '/drover/tasks/x/claim',
      '/drover/fences/hv1',
      '/nodes/hv1/ipmipassword',
      '/nodes/hv1/ipmiusername',
      `/config/fence_lock/${contender}`,
      '/cmd',
    ];
    const kept = [
      '/drover',
      '/drover/cluster',
      '/drover/mirrors/u',
      '/drover/policy/u',
      '/drover/schedules/nightly',
      '/domains',
      '/domains/u/xml',
      '/nodes/hv1/ipmihostname',
    ];
    for (const path of left) t.equal(includedInBackup(path), false, path);
    for (const path of kept) t.equal(includedInBackup(path), true, path);
    t.end();
  },
);

void t.test('ephemerals belong to sessions, the leader, claims and locks only', (t) => {
  const ephemeral = [
    '/drover/sessions/hv1',
    '/drover/election/leader',
    '/drover/tasks/x/claim',
    `/domains/u/state/${contender}`,
  ];
  for (const path of ephemeral) t.equal(isEphemeralExpected(path), true, path);
  for (const path of [
    ...storeFixture().keys(),
    '/drover/sessions',
    '/drover/tasks/x',
    '/drover/election/epoch',
  ])
    t.equal(isEphemeralExpected(path), false, path);
  t.end();
});
