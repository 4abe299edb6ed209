import t from 'tap';
import { DroverError, type Log, Scope } from '../../../lib/core/index.js';
import { keepCephSecret } from '../../../lib/node/index.js';
import type { CephSecret, Files, Hypervisor } from '../../../lib/ports/index.js';
import { memoryFiles } from '../../support/memory-files.js';

const UUID = '6c1b2c34-9d0e-4d2a-8f6b-5f6e7a8b9c0d';
const FILE = '/etc/ceph/ceph.client.vm.keyring';
const KEYRING = `[client.admin]
\tkey = QURNSU4=
[client.vm]
\tcaps mon = "profile rbd"
\tkey = S0VZLU9GLVZN
`;

function setting({ files, wanted = true }: { files?: Files; wanted?: boolean } = {}) {
  const there = files ?? memoryFiles({ [FILE]: KEYRING });
  const set: CephSecret[] = [];
  const lines: string[] = [];
  const libvirt: { refusal?: DroverError | undefined } = {};
  const hypervisor: Pick<Hypervisor, 'setCephSecret'> = {
    setCephSecret: (secret) => {
      if (libvirt.refusal !== undefined) return Promise.reject(libvirt.refusal);
      set.push(secret);
      return Promise.resolve();
    },
  };
  const say = (fields: object, message: string) =>
    void lines.push(`${message}: ${Object.values(fields).map(String).join(' ')}`);
  const log: Log = { debug: () => undefined, info: say, warn: say, error: say };
  const scope = new Scope('test');
  const secret = keepCephSecret(scope, {
    ...{ files: there, log, uuid: wanted ? UUID : undefined, user: 'vm', keyringFile: FILE },
    hypervisor: hypervisor as Hypervisor,
  });
  return { secret, set, lines, libvirt, scope, files: there };
}

void t.test('libvirt is told the key of the user at once, and again when it begins anew', async (t) => {
  const { secret, set, scope } = setting();
  await secret.known();
  t.same(set, [{ uuid: UUID, key: 'S0VZLU9GLVZN' }]);
  await secret.known();
  t.equal(set.length, 1, 'known is known');
  secret.again();
  await secret.known();
  t.equal(set.length, 2);
  await scope.close();
  secret.again();
  await secret.known();
  t.equal(set.length, 2);
});

void t.test('without a UUID nothing is told', async (t) => {
  const { secret, set, lines } = setting({ files: memoryFiles({}), wanted: false });
  secret.again();
  await secret.known();
  t.same([set, lines], [[], []]);
});

void t.test(
  'a missing keyring stops nothing: the log names it, and it is looked for again at need',
  async (t) => {
    const { secret, set, lines, files } = setting({ files: memoryFiles({}) });
    await secret.known();
    t.same(set, []);
    t.equal(lines.length, 1);
    t.match(lines[0], FILE);
    t.match(lines[0], `ceph auth get client.vm -o ${FILE}`, 'what to do');
    await files.replace(FILE, KEYRING, 0o600);
    await secret.known();
    t.equal(set.length, 1);
  },
);

void t.test('N43: a keyring without the user is told by its name alone', async (t) => {
  const { secret, set, lines } = setting({
    files: memoryFiles({ [FILE]: '[client.admin]\n\tkey = QURNSU4=\n' }),
  });
  await secret.known();
  t.same(set, []);
  t.match(lines[0], `${FILE}: the configuration is invalid: it has no key of client.vm`);
  t.notMatch(lines.join(), 'QURNSU4=');
});

void t.test('a libvirt that is away or refuses is asked again before the next VM', async (t) => {
  const { secret, set, lines, libvirt } = setting();
  await secret.known();
  libvirt.refusal = new DroverError('HYPERVISOR_UNREACHABLE', {
    object: 'secret',
    reason: 'libvirt is away',
  });
  secret.again();
  await secret.known();
  await secret.known();
  t.equal(set.length, 1);
  t.match(lines[0], 'libvirt is away');
  libvirt.refusal = undefined;
  await secret.known();
  t.equal(set.length, 2);
});
