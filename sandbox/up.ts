import { randomUUID } from 'node:crypto';
import { cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { keepCapabilities, recallCapabilities } from './capabilities.js';
import { type Description, describe } from './description.js';
import { SHELL, write } from './files.js';
import { bootImages } from './guest/initramfs.js';
import { Keeper } from './keeper.js';
import { type ClusterLayout, type Host, hostsOf, layOut, type NodeLayout } from './layout.js';
import { requireMachine } from './machine.js';
import { bmc } from './parts/bmc.js';
import { type CephKeys, makeCephKeys } from './parts/ceph-files.js';
import { cephFiles, cephParts, startCeph } from './parts/ceph.js';
import { nodeFiles, nodeParts } from './parts/node.js';
import { type Part, partScript } from './parts/part.js';
import { zookeeperServer } from './parts/zookeeper.js';
import { directoryOf, Sandbox } from './sandbox.js';
import { until } from './wait.js';

export interface UpOptions {
  /** Run directory; default: that of the description's name. */
  readonly directory?: string;
  readonly signal?: AbortSignal;
  /** Told what is up, and how many seconds after the begin. */
  readonly onStep?: (what: string, seconds: number) => void;
}

/** What every part of the start is handed. */
interface Start {
  readonly sandbox: Sandbox;
  readonly step: (what: string) => void;
  readonly signal: AbortSignal;
  /** Waits for all. When one fails it ends the others, and waits for their end: nobody may write once the rest is removed. */
  together(work: readonly Promise<void>[]): Promise<void>;
}

/**
 * Starts a sandbox and returns when all its parts answer. It is bound to this process and ends with it, however that
 * ends, unless it is released. Fails with REFUSED when the machine does not permit it or the sandbox is up already.
 */
export async function up(description: Description = describe({}), options: UpOptions = {}): Promise<Sandbox> {
  const began = performance.now();
  const step = (what: string) => options.onStep?.(what, (performance.now() - began) / 1000);
  await requireMachine();
  const directory = options.directory ?? directoryOf(description.name);
  const keeper = await Keeper.start(directory);
  try {
    options.signal?.throwIfAborted();
    await writeNetwork(directory, layOut(description));
    const sandbox = new Sandbox(directory, description, await keeper.go(), keeper);
    step('namespaces and network');
    const start = { sandbox, step, ...endTogether(options.signal) };
    const clusters = sandbox.clusters.map((cluster) => startCluster(start, cluster));
    await start.together([installImages(directory), ...clusters]);
    await write(join(directory, 'sandbox.json'), JSON.stringify(description));
    step('complete');
    return sandbox;
  } catch (error) {
    await keeper.end();
    throw error;
  }
}

function endTogether(outer: AbortSignal | undefined): Pick<Start, 'signal' | 'together'> {
  const controller = new AbortController();
  const signals = outer === undefined ? [controller.signal] : [outer, controller.signal];
  return {
    signal: AbortSignal.any(signals),
    async together(work) {
      try {
        await Promise.all(work);
      } catch (error) {
        controller.abort(error);
        await Promise.allSettled(work);
        throw error;
      }
    },
  };
}

/** What init.sh reads. */
async function writeNetwork(directory: string, clusters: readonly ClusterLayout[]): Promise<void> {
  await cp(SHELL, join(directory, 'bin'), { recursive: true });
  const hosts = clusters.flatMap(hostsOf);
  const lines = hosts.map(({ name, address }) => `${name} ${address}\n`).join('');
  const bmcs = clusters.flatMap(({ nodes }) => nodes.map((node) => `${node.bmc}\n`));
  const names = hosts.map(({ name, address }) => `${address} ${name}\n`).join('');
  await write(join(directory, 'hosts'), lines);
  await write(join(directory, 'bmc.addresses'), bmcs.join(''));
  await write(join(directory, 'hosts.etc'), `127.0.0.1 localhost\n${names}`);
}

/** Kernel and initramfs of the guests, on a path that all nodes share. */
async function installImages(directory: string): Promise<void> {
  await write(join(directory, 'console/.keep'), '');
  const { kernel, initramfs } = await bootImages(directory);
  await cp(kernel, join(directory, 'guest/vmlinuz'));
  await cp(initramfs, join(directory, 'guest/initramfs'));
}

async function startCluster(start: Start, cluster: ClusterLayout): Promise<void> {
  const keys = cluster.ceph === undefined ? undefined : makeCephKeys();
  await start.together([
    ...cluster.zookeeper.map((server) => startZooKeeper(start, cluster, server)),
    startStorage(start, cluster, keys),
    ...cluster.nodes.map((node) => startNode(start, cluster, node, keys)),
  ]);
}

async function startZooKeeper(start: Start, cluster: ClusterLayout, server: Host): Promise<void> {
  const { sandbox, step, signal } = start;
  const { part, files } = zookeeperServer(cluster, server);
  await install(sandbox, [part], files);
  await sandbox.faults.startPart(part.name);
  await until(`ZooKeeper server ${server.name}`, { limitMs: 30_000, signal }, async () => {
    const command = ['bash', '/run/sandbox/bin/zk-mode.sh', server.address];
    return /^Mode: /m.test((await sandbox.run(server.name, command, { signal })).stdout);
  });
  step(`ZooKeeper ${server.name}`);
}

async function startStorage(start: Start, cluster: ClusterLayout, keys: CephKeys | undefined): Promise<void> {
  const { sandbox, step, signal } = start;
  const { ceph } = cluster;
  if (ceph === undefined || keys === undefined) return;
  await install(sandbox, cephParts(cluster, ceph), cephFiles(cluster, keys));
  const startPart = (part: string) => sandbox.faults.startPart(part);
  await startCeph(cluster, ceph, keys, sandbox.inside, startPart, signal);
  step(`Ceph ${ceph.name}`);
}

async function startNode(
  start: Start,
  cluster: ClusterLayout,
  node: NodeLayout,
  keys: CephKeys | undefined,
): Promise<void> {
  const { sandbox, step, signal } = start;
  await sandbox.inside.run(undefined, ['bash', '/run/sandbox/bin/make-node.sh', node.name], { signal });
  const control = bmc(node);
  const files = { ...nodeFiles(cluster, node, randomUUID(), keys), ...control.files };
  await install(sandbox, [...nodeParts(node), control.part], files);
  await recallCapabilities(sandbox.directory, node.name);
  await sandbox.faults.startPart(control.part.name);
  await sandbox.faults.rawPower(node.name, 'on');
  await sandbox.nodeReady(node.name, signal);
  await keepCapabilities(sandbox.directory, node.name);
  step(`node ${node.name}`);
}

async function install(
  sandbox: Sandbox,
  parts: readonly Part[],
  files: Readonly<Record<string, string>>,
): Promise<void> {
  for (const part of parts) await write(join(sandbox.directory, 'parts', part.name), partScript(part));
  for (const [path, text] of Object.entries(files)) await write(sandbox.outside(path), text, 0o600);
}

/** The names of all parts that a sandbox was made with. */
export async function partNames(sandbox: Sandbox): Promise<string[]> {
  return (await readdir(join(sandbox.directory, 'parts'))).sort();
}
