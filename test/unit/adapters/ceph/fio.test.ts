import t from 'tap';
import { FioLoad } from '../../../../lib/adapters/ceph/index.js';
import { LIMITS } from '../../../../lib/core/index.js';
import type { LoadJob } from '../../../../lib/ports/index.js';
import { codeOf } from '../../../support/failure.js';
import { ScriptedProcesses } from '../../../support/scripted-processes.js';

const IMAGE = { pool: 'vms', name: 'a' };
const JOB: LoadJob = {
  name: 'rand_read_4K',
  pattern: 'randread',
  blockBytes: 4_096,
  depth: 64,
  time: { warmUpMs: 15_000, runtimeMs: 75_000 },
};
const REPORT = '{"fio version":"fio-3.33","jobs":[{"jobname":"rand_read_4K","error":0,"read":{"iops":1.5}}]}';

void t.test('fio is told where the cluster is, by the environment alone', async (t) => {
  const processes = new ScriptedProcesses(() => ({ stdout: REPORT }));
  const report = await new FioLoad(processes, { conf: '/c/ceph.conf', user: 'libvirt' }).run(IMAGE, JOB);
  t.match(report, { 'fio version': 'fio-3.33', jobs: [{ read: { iops: 1.5 } }] });
  t.match(processes.commands[0], {
    program: 'fio',
    limitMs: 90_000 + LIMITS.benchmarkIdleMs,
    env: { CEPH_CONF: '/c/ceph.conf' },
  });
  t.same(processes.commands[0]?.args, [
    ...['--name=rand_read_4K', '--ioengine=rbd', '--clientname=libvirt', '--pool=vms', '--rbdname=a'],
    ...['--rw=randread', '--bs=4096', '--iodepth=64', '--direct=1', '--randrepeat=1', '--numjobs=1'],
    ...['--group_reporting=1', '--output-format=json', '--thread'],
    ...['--time_based', '--runtime=75', '--ramp_time=15'],
  ]);
  await new FioLoad(processes).run(IMAGE, { ...JOB, time: undefined }, { limitMs: 7 });
  t.equal(processes.commands[1]?.args.at(-1), '--thread', 'once over the image');
  t.match(processes.commands[1], { limitMs: 7, args: [/./, /./, '--clientname=admin'] });
});

void t.test('notes before the document are passed over, and what is no report is an error', async (t) => {
  const says = (stdout: string, rest: object = {}) =>
    new FioLoad(new ScriptedProcesses(() => ({ stdout, ...rest }))).run(IMAGE, JOB);
  t.ok(await says(`note: something\n${REPORT}`));
  for (const text of ['', '{', '{}', '{"jobs":[]}', REPORT.replace('"error":0', '"error":5')])
    t.equal(await codeOf(says(text)), 'STORAGE_REFUSED', text);
  const failed = says('', { code: 1, stderr: 'rados_conf_read_file failed.\nfio_rbd_connect failed.\n' });
  await t.rejects(failed, { code: 'STORAGE_REFUSED', message: /fio_rbd_connect failed/ });
});
