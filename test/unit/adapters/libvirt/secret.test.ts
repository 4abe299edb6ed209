import t from 'tap';
import { type Answer, ScriptedProcesses } from '../../../support/scripted-processes.js';
import { LibvirtHypervisor } from '../../../../lib/adapters/libvirt/index.js';
import { SimClock } from '../../../../lib/sim/index.js';
import { failure, withAnswers } from './support.js';

const UUID = '6c1b2c34-9d0e-4d2a-8f6b-5f6e7a8b9c0d';
const KEY = 'QVFEc2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0PT0=';
const UNKNOWN: Answer = {
  stderr: `error: failed to get secret '${UUID}'\nerror: Secret not found: no secret with matching uuid '${UUID}'\n`,
  code: 1,
};
const OURS = { 'secret-define': {}, 'secret-set-value': {} };

void t.test('an unknown one is defined, in memory and unreadable, and then has its key', async (t) => {
  const { hypervisor, processes, told } = withAnswers({ ...OURS, 'secret-dumpxml': UNKNOWN });
  await hypervisor.setCephSecret({ uuid: UUID, key: KEY });
  t.same(told(), [
    `secret-dumpxml ${UUID}`,
    'secret-define /dev/stdin',
    `secret-set-value ${UUID} --file /dev/stdin`,
  ]);
  const [, define, value] = processes.commands;
  t.match(define?.input, /<secret ephemeral='yes' private='yes'>/);
  t.match(define?.input, `<uuid>${UUID}</uuid>`);
  t.match(define?.input, /<usage type='ceph'>/);
  t.equal(value?.input, KEY, 'without a line end');
});

void t.test('one that somebody else has defined only gets the key', async (t) => {
  const known = { stdout: "<secret ephemeral='no'>\n  <usage type='ceph'>\n  </usage>\n</secret>\n" };
  const { hypervisor, told } = withAnswers({ ...OURS, 'secret-dumpxml': known });
  await hypervisor.setCephSecret({ uuid: UUID, key: KEY });
  t.same(told(), [`secret-dumpxml ${UUID}`, `secret-set-value ${UUID} --file /dev/stdin`]);
});

void t.test('one of another kind is left alone', async (t) => {
  const tls = { stdout: "<secret>\n  <usage type='tls'>\n  </usage>\n</secret>\n" };
  const { hypervisor, told } = withAnswers({ ...OURS, 'secret-dumpxml': tls });
  const error = await failure(hypervisor.setCephSecret({ uuid: UUID, key: KEY }));
  t.match(error, { code: 'HYPERVISOR_REFUSED', object: `secret ${UUID}` });
  t.same(told(), [`secret-dumpxml ${UUID}`]);
});

void t.test('N43: the key is on no command line and in no message', async (t) => {
  for (const failing of ['secret-dumpxml', 'secret-define', 'secret-set-value', undefined]) {
    const processes = new ScriptedProcesses(({ args }) => {
      if (failing !== undefined && args.includes(failing)) return { stderr: 'error: refused\n', code: 1 };
      return args.includes('secret-dumpxml') ? UNKNOWN : {};
    });
    const hypervisor = new LibvirtHypervisor({ processes, clock: new SimClock() });
    const setting = hypervisor.setCephSecret({ uuid: UUID, key: KEY });
    if (failing === undefined) await setting;
    else {
      const error = await failure(setting);
      t.equal(error.code, 'HYPERVISOR_REFUSED', failing);
      t.notMatch(`${error.message} ${error.stack} ${JSON.stringify(error.cause)}`, KEY);
    }
    for (const { args, env } of processes.commands) t.notMatch(JSON.stringify([args, env]), KEY);
  }
  const bad = await failure(withAnswers({}).hypervisor.setCephSecret({ uuid: UUID, key: `${KEY} ${KEY}` }));
  t.equal(bad.code, 'BAD_INPUT');
  t.notMatch(bad.message, KEY);
});
