import { CephImageFiles, FioLoad } from '../lib/adapters/ceph/index.js';
import { HostDirectories, HostMailer } from '../lib/adapters/host/index.js';
import { backupTasks, type BackupWorld } from '../lib/backup/index.js';
import { type BenchmarkWorld, benchmarkTask, sampleTask } from '../lib/benchmark/index.js';
import { HttpPeer, PeerHttp } from '../lib/adapters/peer/index.js';
import type { Configuration } from '../lib/config/index.js';
import { DroverError } from '../lib/core/index.js';
import { PvcPeer } from '../lib/pvc/mirror/index.js';
import { mirrorTasks, type MirrorWorld, type PeerSettings } from '../lib/mirror/index.js';
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
    ...mirrorTasks(mirrorWorld(ground)),
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
  const { ceph } = config;
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
    cluster: clusterOf(config),
    tell: (summary, recipients) => report({ ...ground, mailer }, config.report, summary, recipients),
  };
}

function mirrorWorld({ config, ...ground }: Ground): MirrorWorld {
  const { mirror, backup } = config;
  const mailer = mailerOf({ config, ...ground });
  return {
    ...ground,
    cluster: clusterOf(config),
    peers: Object.fromEntries(
      Object.entries(mirror.peers).map(([name, peer]) => [name, peerSettings(name, peer, ground)]),
    ),
    tags: mirror.tags,
    defaultPeer: mirror.defaultPeer,
    keep: mirror.keep,
    ownTags: Object.values(backup.targets).flatMap(({ tags }) => tags),
    tell: (summary, recipients) => report({ ...ground, mailer }, config.report, summary, recipients),
  };
}

/** What a VM's definition has of its cluster. */
export function clusterOf({ cluster, ceph }: Configuration): MirrorWorld['cluster'] {
  return { name: cluster.name, monitors: ceph.monitors, secretUuid: ceph.secretUuid };
}

/** Secrets and certificates are read when they are needed: they may be changed meanwhile. */
function peerSettings(
  name: string,
  { protocol, url, verify, ca, token, pools, bytesPerSecond }: Configuration['mirror']['peers'][string],
  { files, store, clock, random }: Pick<Ground, 'files' | 'store' | 'clock' | 'random'>,
): PeerSettings {
  return {
    pools,
    bytesPerSecond,
    open: async () => {
      const bytes = ca === undefined ? undefined : await files.read(ca);
      if (ca !== undefined && bytes === undefined)
        throw new DroverError('CONFIG_INVALID', {
          object: ca,
          reason: `there is no such file, and peer ${name} needs it`,
        });
      const address = {
        ...{ name, url, verify, token: await token.reveal(files) },
        ...(bytes === undefined ? {} : { ca: new TextDecoder().decode(bytes) }),
      };
      if (protocol === 'drover') return new HttpPeer(address);
      return new PvcPeer({ name, calls: new PeerHttp(address), store, clock, random });
    },
  };
}

/** Without settings for mail it goes to the mail server of this machine: a caller may name recipients. */
function mailerOf({ config, identity, files, processes }: Ground): HostMailer {
  const program = config.report.mail?.sendmail;
  if (program !== undefined) return new HostMailer({ program, processes }, identity.name);
  const { host = 'localhost', port = 25, tls = 'opportunistic', login } = config.report.mail ?? {};
  const user =
    login === undefined
      ? undefined
      : { username: login.username, password: () => login.password.reveal(files) };
  return new HostMailer({ host, port, tls, login: user }, identity.name);
}
