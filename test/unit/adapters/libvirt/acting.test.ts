import t from 'tap';
import { DroverError, type ErrorCode, LIMITS } from '../../../../lib/core/index.js';
import type { Hypervisor } from '../../../../lib/ports/index.js';
import type { Answer } from '../../../support/scripted-processes.js';
import * as recorded from './recorded.js';
import { failure, withAnswers } from './support.js';

const { VM1, NOBODY } = recorded;
const LIST = { stdout: recorded.STATES };

void t.test('commands', async (t) => {
  const { hypervisor, processes, told } = withAnswers({
    ...{ create: {}, shutdown: {}, destroy: {}, suspend: {}, resume: {}, domfsthaw: {}, domjobabort: {} },
    domfsfreeze: { stdout: 'Froze 2 filesystem(s)\n' },
  });
  await hypervisor.create('<domain/>');
  await hypervisor.shutdown(VM1);
  await hypervisor.destroy(VM1);
  await hypervisor.suspend(VM1);
  await hypervisor.resume(VM1);
  t.equal(await hypervisor.freeze(VM1), 2);
  await hypervisor.thaw(VM1);
  await hypervisor.abortMigration(VM1);
  t.same(told(), [
    'create /dev/stdin',
    ...['shutdown', 'destroy', 'suspend', 'resume', 'domfsfreeze', 'domfsthaw', 'domjobabort'].map(
      (word) => `${word} ${VM1}`,
    ),
  ]);
  t.match(processes.commands[0], {
    program: 'sh',
    args: ['-c', 'cat | virsh "$@"', 'virsh', '-q', '-c', 'qemu:///system', 'create', '/dev/stdin'],
    input: '<domain/>',
  });
  t.same(
    processes.commands.map(({ limitMs }) => limitMs),
    told().map((line) => (line.startsWith('domfsfreeze') ? LIMITS.freezeMs : LIMITS.libvirtCallMs)),
  );
});

void t.test('failures carry the code of what happened and the words of libvirt', async (t) => {
  const cases: [string, Answer, (h: Hypervisor) => Promise<unknown>, ErrorCode, string][] = [
    [
      'create',
      { stderr: recorded.ALREADY_ACTIVE, code: 1 },
      (h) => h.create('<d/>'),
      'HYPERVISOR_REFUSED',
      "domain 'vm1' is already active",
    ],
    [
      'create',
      { stderr: recorded.BAD_XML, code: 1 },
      (h) => h.create('<d'),
      'HYPERVISOR_REFUSED',
      "(domain_definition):2: Couldn't find end",
    ],
    [
      'create',
      { stderr: recorded.UNREACHABLE, code: 1 },
      (h) => h.create('<d/>'),
      'HYPERVISOR_UNREACHABLE',
      'Connection refused',
    ],
    ['create', { code: undefined }, (h) => h.create('<d/>'), 'HYPERVISOR_UNREACHABLE', 'SIGSEGV'],
    ['create', { code: 7 }, (h) => h.create('<d/>'), 'HYPERVISOR_REFUSED', 'sh ended with code 7'],
    [
      'shutdown',
      { stderr: recorded.NO_DOMAIN, code: 1 },
      (h) => h.shutdown(NOBODY),
      'NOT_FOUND',
      'failed to get domain',
    ],
    [
      'suspend',
      { stderr: recorded.QEMU_GONE, code: 1 },
      (h) => h.suspend(VM1),
      'HYPERVISOR_REFUSED',
      'Unable to read from monitor',
    ],
    [
      'resume',
      { stderr: recorded.DIED_MEANWHILE, code: 1 },
      (h) => h.resume(VM1),
      'NOT_FOUND',
      'no domain with matching uuid',
    ],
    [
      'domfsfreeze',
      { stderr: recorded.NO_AGENT, code: 1 },
      (h) => h.freeze(VM1),
      'HYPERVISOR_REFUSED',
      'guest agent is not connected',
    ],
    [
      'list',
      { stderr: recorded.DISCONNECTED, code: 1 },
      (h) => h.domains(),
      'HYPERVISOR_UNREACHABLE',
      'keepalive timeout',
    ],
  ];
  for (const [word, answer, call, code, words] of cases) {
    const error = await failure(call(withAnswers({ [word]: answer }).hypervisor));
    t.equal(error.code, code, words);
    t.ok(error.reason.includes(words), error.reason);
    t.notMatch(error.reason, /\n|^error: |; error: /, 'one line, without the mark of each');
  }
});

void t.test('a deadline and a missing program are told as they are', async (t) => {
  for (const code of ['DEADLINE', 'CANCELLED', 'COMMAND_MISSING', 'OUTPUT_TOO_LARGE'] as const) {
    const error = new DroverError(code, { object: 'virsh', reason: 'so' });
    t.equal(await failure(withAnswers({ list: () => Promise.reject(error) }).hypervisor.domains()), error);
  }
});

void t.test('nothing is run for a word that virsh would take for a number or a name', async (t) => {
  const { hypervisor, told } = withAnswers({});
  const migration = { to: 'qemu+tcp://h/system', data: 'tcp://h', maxDowntimeMs: 300 };
  for (const uuid of ['', '1', 'vm1', '--all', VM1.toUpperCase().replace('1', 'A'), `${VM1};destroy`]) {
    const calls = [
      () => hypervisor.domain(uuid),
      () => hypervisor.destroy(uuid),
      () => hypervisor.shutdown(uuid),
      () => hypervisor.freeze(uuid),
      () => hypervisor.resizeDisk(uuid, 'vda', 5),
      () => hypervisor.migrate(uuid, migration),
      () => hypervisor.abortMigration(uuid),
      () => hypervisor.migrationProgress(uuid),
    ];
    for (const call of calls) t.equal((await failure(call())).code, 'BAD_INPUT', `${uuid}: ${String(call)}`);
  }
  t.same(told(), []);
});

void t.test('what is so already is fine', async (t) => {
  const { hypervisor } = withAnswers({
    list: LIST,
    destroy: { stderr: recorded.NO_DOMAIN, code: 1 },
    resume: { stderr: recorded.ALREADY_RUNNING, code: 1 },
    domjobabort: { stderr: recorded.NO_ACTIVE_JOB, code: 1 },
  });
  await hypervisor.destroy(NOBODY);
  await hypervisor.resume(VM1);
  await hypervisor.abortMigration(VM1);
  t.equal((await failure(hypervisor.destroy(VM1))).code, 'NOT_FOUND', 'the list says that it is there');
});

void t.test('a disk grows, and libvirt, which would cut it, is never asked to', async (t) => {
  const { hypervisor, told } = withAnswers({ domstats: { stdout: recorded.BLOCK }, blockresize: {} });
  await hypervisor.resizeDisk(VM1, 'vda', 134217728);
  await hypervisor.resizeDisk(VM1, 'vda', 67108864);
  t.equal((await failure(hypervisor.resizeDisk(VM1, 'vda', 67108863))).code, 'REFUSED');
  t.equal((await failure(hypervisor.resizeDisk(VM1, 'vdb', 134217728))).code, 'HYPERVISOR_REFUSED');
  t.same(
    told().filter((line) => !line.startsWith('domstats')),
    [`blockresize ${VM1} vda 134217728B`],
  );
  const hung = withAnswers({ domstats: { stdout: "Domain: 'vm1'\n  block.count=1\n  block.0.name=vda\n" } });
  t.equal((await failure(hung.hypervisor.resizeDisk(VM1, 'vda', 134217728))).code, 'HYPERVISOR_REFUSED');
  for (const [target, bytes] of [
    ['', 5],
    ['--x', 5],
    ['vda', 0],
    ['vda', 1.5],
  ] as const)
    t.equal(
      (await failure(hypervisor.resizeDisk(VM1, target, bytes))).code,
      'BAD_INPUT',
      `${target} ${bytes}`,
    );
});
