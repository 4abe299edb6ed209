import t from 'tap';
import type { Hypervisor } from '../../../../lib/ports/index.js';
import * as recorded from './recorded.js';
import { failure, withAnswers } from './support.js';

const { VM1, DOMAIN_007, DOTTED, NOBODY } = recorded;

void t.test('every domain, by one command', async (t) => {
  const { hypervisor, processes } = withAnswers({ list: { stdout: recorded.STATES } });
  t.same(await hypervisor.domains({ limitMs: 7 }), [
    { uuid: VM1, name: 'vm1', state: 'running', reason: 'unpaused' },
    { uuid: DOMAIN_007, name: '007', state: 'running', reason: 'booted' },
    { uuid: DOTTED, name: 'a.b-c', state: 'paused', reason: 'I/O error' },
  ]);
  t.same(processes.commands, [
    {
      program: 'virsh',
      args: ['-q', '-c', 'qemu:///system', 'list --all --uuid --name; domstats --raw --state'],
      limitMs: 7,
    },
  ]);
});

void t.test('one domain', async (t) => {
  const { hypervisor } = withAnswers({ list: { stdout: recorded.STATES } });
  t.match(await hypervisor.domain(DOMAIN_007), { name: '007', state: 'running' });
  t.equal(await hypervisor.domain(NOBODY), undefined);
});

void t.test('no domains at all', async (t) => {
  const { hypervisor } = withAnswers({ list: { stdout: '' } });
  t.same(await hypervisor.domains(), []);
  t.same(await hypervisor.stats(), []);
});

void t.test('a domain that comes or goes between the two lists', async (t) => {
  const listed = `${VM1} vm1\n${DOMAIN_007} 007\nDomain: 'vm1'\n  state.state=1\n  state.reason=1\n\nDomain: 'new'\n  state.state=1\n  state.reason=1\n`;
  const { hypervisor } = withAnswers({ list: { stdout: listed } });
  t.same(await hypervisor.domains(), [
    { uuid: VM1, name: 'vm1', state: 'running', reason: 'booted' },
    { uuid: DOMAIN_007, name: '007', state: 'unknown', reason: 'gone meanwhile' },
  ]);
  t.same(
    (await hypervisor.stats()).map(({ uuid }) => uuid),
    [VM1],
  );
});

void t.test('every state of libvirt, and those that are none yet', async (t) => {
  const state = async (line: string) => {
    const [number, reason] = line.split('.');
    const stdout = `${VM1} it's ü\nDomain: 'it's ü'\n  state.state=${number ?? ''}\n  state.reason=${reason ?? ''}\n`;
    const domain = await withAnswers({ list: { stdout } }).hypervisor.domain(VM1);
    return `${domain?.state ?? ''}: ${domain?.reason ?? ''}`;
  };
  const known = {
    '0.0': 'unknown: unknown',
    '1.2': 'running: migrated',
    '1.6': 'running: migration canceled',
    '2.0': 'running: unknown',
    '3.1': 'paused: user',
    '3.2': 'paused: migrating',
    '3.14': 'paused: api error',
    '4.1': 'shutting-down: user',
    '5.1': 'off: shutdown',
    '5.3': 'off: crashed',
    '6.1': 'crashed: panicked',
    '7.0': 'suspended: unknown',
    '1.99': 'running: 1.99',
    '8.0': 'unknown: 8.0',
    'x.y': 'unknown: NaN.NaN',
  };
  for (const [numbers, words] of Object.entries(known)) t.equal(await state(numbers), words, numbers);
});

void t.test('figures, and what is missing of a guest that hangs', async (t) => {
  const { hypervisor, told } = withAnswers({ list: { stdout: recorded.STATS } });
  t.same(await hypervisor.stats(), [
    {
      ...{ uuid: DOMAIN_007, name: '007', state: 'running', vcpus: 1, cpuTimeNs: 45380000000 },
      memory: { maxKib: 98304, currentKib: 98304, rssKib: 0 },
      disks: [{ target: 'vda', reads: 0, readBytes: 0, writes: 0, writtenBytes: 0, errors: 0 }],
      networks: [],
    },
    {
      ...{ uuid: VM1, name: 'vm1', state: 'running', vcpus: 2, cpuTimeNs: 16610000000 },
      memory: { maxKib: 131072, currentKib: 98304, rssKib: 199592 },
      disks: [
        { target: 'vda', reads: 437, readBytes: 1764864, writes: 420, writtenBytes: 2219008, errors: 0 },
      ],
      networks: [
        {
          name: 'vnet0',
          received: { bytes: 656, packets: 8, errors: 0, drops: 1 },
          sent: { bytes: 42, packets: 1, errors: 2, drops: 3 },
        },
      ],
    },
  ]);
  t.same(told(), ['list --all --uuid --name; domstats --raw --nowait']);
});

void t.test('the progress of a migration', async (t) => {
  const progress = (answer: { stdout?: string; stderr?: string; code?: number }) =>
    withAnswers({ domjobinfo: answer }).hypervisor.migrationProgress(VM1);
  t.same(await progress({ stdout: recorded.JOB }), {
    totalBytes: 101195776,
    processedBytes: 6728678,
    remainingBytes: 93503488,
    elapsedMs: 1503,
  });
  t.equal(await progress({ stdout: recorded.NO_JOB }), undefined);
  t.equal(await progress({ stdout: recorded.JOB.replace('operation: 5', 'operation: 8') }), undefined);
  t.equal(await progress({ stderr: recorded.ONLY_SOURCE, code: 1 }), undefined, 'at the destination');
  t.equal(await progress({ stderr: recorded.NO_DOMAIN, code: 1 }), undefined);
  const error = await failure(progress({ stderr: recorded.UNREACHABLE, code: 1 }));
  t.equal(error.code, 'HYPERVISOR_UNREACHABLE');
});

void t.test('the live XML', async (t) => {
  const xml = "<domain type='qemu' id='1'>\n  <name>vm1</name>\n</domain>\n";
  const known = withAnswers({ dumpxml: { stdout: xml } });
  t.equal(await known.hypervisor.liveXml(VM1), xml);
  const failing = { dumpxml: { stderr: recorded.NO_DOMAIN, code: 1 } };
  const none = withAnswers({ ...failing, list: { stdout: recorded.STATES } });
  t.equal(await none.hypervisor.liveXml(NOBODY), undefined);
  t.equal((await failure(none.hypervisor.liveXml(VM1))).code, 'NOT_FOUND', 'the list says that it is there');
});

void t.test('an answer that cannot be read is no answer: nothing is concluded from it', async (t) => {
  const garbage = [
    '\0',
    'Segmentation fault\n',
    ' Id   Name   State\n',
    `${VM1}\n`,
    '  state.state=1\n',
    '{}',
  ];
  const calls: [string, (h: Hypervisor) => Promise<unknown>][] = [
    ['list', (h) => h.domains()],
    ['list', (h) => h.domain(VM1)],
    ['list', (h) => h.stats()],
    ['domjobinfo', (h) => h.migrationProgress(VM1)],
    ['domfsfreeze', (h) => h.freeze(VM1)],
  ];
  for (const stdout of garbage)
    for (const [word, call] of calls) {
      const error = await failure(call(withAnswers({ [word]: { stdout } }).hypervisor));
      t.equal(error.code, 'HYPERVISOR_UNREACHABLE', `${word}: ${JSON.stringify(stdout)}`);
    }
});
