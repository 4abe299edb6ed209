import { CephImageFiles, FioLoad } from '../lib/adapters/ceph/index.js';
import { HostDirectories, HostMailer } from '../lib/adapters/host/index.js';
import { backupTasks, type BackupWorld } from '../lib/backup/index.js';
import { type BenchmarkWorld, benchmarkTask, sampleTask } from '../lib/benchmark/index.js';
import { pointTasks } from '../lib/point/index.js';
import { report, reportTestTask } from '../lib/report/index.js';
import { probeTask, type TaskKind } from '../lib/task/index.js';
import { volumeTasks } from '../lib/volume/index.js';
import type { Ground } from './ground.js';

/** Every kind of task that a node carries out: one line for each subject. */
export function taskKinds(ground: Ground): readonly TaskKind[] {
  const benchmarks = benchmarkWorld(ground);
  return [
    probeTask(ground.clock),
    ...volumeTasks(ground),
    ...pointTasks(ground),
    benchmarkTask(benchmarks),
    sampleTask(benchmarks),
    ...backupTasks(backupWorld(ground)),
    reportTestTask({ ...ground, mailer: mailerOf(ground) }, ground.config.report, ground.config.cluster.name),
  ];
}

function benchmarkWorld({ config, identity, processes, ...ground }: Ground): BenchmarkWorld {
  return {
    ...ground,
    load: new FioLoad(processes, { conf: config.ceph.configFile, user: config.ceph.user }),
    storageAddress: identity.addresses.storage,
    defaults: config.benchmark,
  };
}

function backupWorld({ config, ...ground }: Ground): BackupWorld {
  const { ceph, cluster } = config;
  const mailer = mailerOf({ config, ...ground });
  return {
    ...ground,
    imageFiles: new CephImageFiles(ground.processes, {
      conf: ceph.configFile,
      user: ceph.user,
      keyring: ceph.keyringFile,
    }),
    directories: new HostDirectories(),
    targets: config.backup.targets,
    exportRoots: config.paths.exports,
    cluster: { name: cluster.name, monitors: ceph.monitors, secretUuid: ceph.secretUuid },
    tell: (summary, recipients) => report({ ...ground, mailer }, config.report, summary, recipients),
  };
}

/** Without settings for mail it goes to the mail server of this machine: a caller may name recipients. */
function mailerOf({ config, identity, files }: Ground): HostMailer {
  const { host = 'localhost', port = 25, tls = 'opportunistic', login } = config.report.mail ?? {};
  const user =
    login === undefined
      ? undefined
      : { username: login.username, password: () => login.password.reveal(files) };
  return new HostMailer({ host, port, tls, login: user }, identity.name);
}
