import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { join } from 'node:path';
import { DroverError } from '../lib/core/index.js';
import type { CommandResult } from '../lib/ports/index.js';
import type { Description } from './description.js';
import { Inside, type RunOptions } from './inside.js';
import { type ClusterLayout, type Host, hostsOf, INSIDE, layOut, type NodeLayout } from './layout.js';
import { cephEnvironment } from './parts/ceph.js';
import { until } from './wait.js';

/** The hosts of a running sandbox, by name, and commands on them. */
export class Ground {
  readonly description: Description;
  /** The run directory, outside; inside it is always {@link INSIDE}. */
  readonly directory: string;
  readonly clusters: readonly ClusterLayout[];
  readonly nodes: readonly NodeLayout[];
  readonly inside: Inside;

  /** @param top process id of the sandbox's unshare */
  constructor(directory: string, description: Description, top: number) {
    this.directory = directory;
    this.description = description;
    this.clusters = layOut(description);
    this.nodes = this.clusters.flatMap((cluster) => cluster.nodes);
    this.inside = new Inside(top);
  }

  cluster(name: string): ClusterLayout {
    return found(this.clusters, name, 'cluster');
  }

  node(name: string): NodeLayout {
    return found(this.nodes, name, 'node');
  }

  /** A node, a ZooKeeper server or a Ceph host. */
  host(name: string): Host {
    return found(this.clusters.flatMap(hostsOf), name, 'host');
  }

  /** A path of the run directory as seen inside → the same outside. */
  outside(path: string): string {
    return path.startsWith(`${INSIDE}/`) ? join(this.directory, path.slice(INSIDE.length)) : path;
  }

  /**
   * Runs a command on a host to its end. On a Ceph host `ceph`, `rbd` and `rados` find their cluster as client.admin.
   * Fails with COMMAND_FAILED, DEADLINE, CANCELLED, or REFUSED when the node is off.
   */
  run(host: string, command: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
    const env = { ...this.environmentOf(host), ...options.env };
    return this.inside.run(this.host(host).name, command, { ...options, env });
  }

  /** What commands on a host get on top of this process's own environment. */
  environmentOf(host: string): Record<string, string> {
    const { kind, cluster } = this.host(host);
    return kind === 'ceph' ? cephEnvironment(this.cluster(cluster)) : {};
  }

  /** `virsh` on a node; returns what it printed. */
  async virsh(node: string, ...words: string[]): Promise<string> {
    return (await this.run(node, ['virsh', '-q', ...words])).stdout;
  }

  /** `rbd` with a cluster's administrator; returns what it printed. */
  async rbd(cluster: string, ...words: string[]): Promise<string> {
    return (await this.run(this.cephHost(cluster).name, ['rbd', ...words])).stdout;
  }

  cephHost(cluster: string): Host {
    const { ceph } = this.cluster(cluster);
    if (ceph !== undefined) return ceph;
    throw new DroverError('NOT_FOUND', { object: `cluster ${cluster}`, reason: 'it was made without Ceph' });
  }

  /** Starts a Node program on a host: the way to reach addresses that exist only inside. It dies with this process. */
  spawnNode(host: string, script: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
    return this.inside.spawn(this.host(host).name, [process.execPath, script, ...args], {
      ...options,
      env: { ...process.env, ...this.environmentOf(host), ...options.env },
    });
  }

  /** Returns when the node's libvirtd answers: after `up`, and after each power-on. */
  async nodeReady(node: string, signal?: AbortSignal): Promise<void> {
    await until(`libvirtd of ${node}`, { limitMs: 60_000, signal }, async () => {
      // The first call may probe what QEMU can do.
      const probe = ['virsh', '-c', 'qemu:///system', 'domcapabilities', '--virttype', 'qemu'];
      await this.run(node, probe, { signal });
      return true;
    });
  }
}

function found<T extends { readonly name: string }>(all: readonly T[], name: string, kind: string): T {
  const one = all.find((candidate) => candidate.name === name);
  if (one !== undefined) return one;
  const names = all.map((candidate) => candidate.name).join(', ');
  throw new DroverError('NOT_FOUND', { object: `${kind} ${name}`, reason: `there are: ${names}` });
}
