import { CephImageFiles, FioLoad } from '../lib/adapters/ceph/index.js';
import { HostDirectories } from '../lib/adapters/host/index.js';
import { backupTasks, type BackupWorld } from '../lib/backup/index.js';
import { type BenchmarkWorld, benchmarkTask, sampleTask } from '../lib/benchmark/index.js';
import { probeTask, type TaskKind } from '../lib/task/index.js';
import { volumeTasks } from '../lib/volume/index.js';
import type { Ground } from './ground.js';

/** Every kind of task that a node carries out: one line for each subject. */
export function taskKinds(ground: Ground): readonly TaskKind[] {
  const benchmarks = benchmarkWorld(ground);
  return [
    probeTask(ground.clock),
    ...volumeTasks(ground),
    benchmarkTask(benchmarks),
    sampleTask(benchmarks),
    ...backupTasks(backupWorld(ground)),
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
    tell: () => Promise.resolve([]),
  };
}
