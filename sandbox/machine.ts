import { execa } from 'execa';
import { constants } from 'node:fs';
import { access, open, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { DroverError } from '../lib/core/index.js';

/** What the machine does not permit. */
export interface Machine {
  /** Without these there is no sandbox. */
  readonly missing: readonly { readonly what: string; readonly remedy: string }[];
  /** Without these it is less: what is lacking, and what is left out for it. */
  readonly reduced: readonly { readonly what: string; readonly leavesOut: string }[];
}

const PROGRAMS = [
  ...['setpriv', 'unshare', 'nsenter', 'flock', 'ip', 'nft', 'busybox', 'java'],
  ...['ceph-mon', 'ceph-osd', 'ceph-mgr', 'ceph', 'rbd', 'monmaptool'],
  ...['libvirtd', 'virtlogd', 'virsh', 'qemu-system-x86_64', 'qemu-ga', 'ipmi_sim', 'ipmitool', 'mkfs.ext4'],
];
const UNSHARE = [
  '--pid',
  '--fork',
  '--kill-child=KILL',
  '--mount',
  '--mount-proc',
  '--net',
  '--uts',
  '--ipc',
];

/** Looks at the machine by trying, in namespaces that end with the try. */
export async function inspectMachine(): Promise<Machine> {
  const missing: { what: string; remedy: string }[] = [];
  const reduced: { what: string; leavesOut: string }[] = [];
  const absent = await asyncFilter(PROGRAMS, async (program) => !(await inPath(program)));
  if (absent.length > 0)
    missing.push({ what: `no program ${absent.join(', ')}`, remedy: 'run ./setup.sh as root' });
  if (process.getuid?.() !== 0) {
    missing.push({ what: 'not root', remedy: 'run as root: namespaces, bridges and mounts need it' });
  } else if (absent.length === 0) {
    const refusal = await tryIn('true');
    if (refusal !== undefined)
      missing.push({
        what: `no namespaces (${refusal})`,
        remedy: 'permit unshare, e.g. docker run --privileged',
      });
    else await tryFeatures(missing, reduced);
  }
  const processors = await readFile('/proc/cpuinfo', 'utf8');
  if (!/\b(vmx|svm)\b/.test(processors))
    reduced.push({ what: 'processors without vmx or svm', leavesOut: 'KVM: guests are emulated (TCG)' });
  if (!(await opens('/dev/net/tun')))
    reduced.push({ what: 'no /dev/net/tun', leavesOut: 'guests have no network card' });
  return { missing, reduced };
}

async function tryFeatures(
  missing: { what: string; remedy: string }[],
  reduced: { what: string; leavesOut: string }[],
): Promise<void> {
  const link = 'ip link add b0 type bridge && ip link add v0 type veth peer name v1';
  const bridge = await tryIn(link);
  if (bridge !== undefined)
    missing.push({
      what: `no bridge or veth (${bridge})`,
      remedy: 'load the kernel modules bridge and veth',
    });
  const filter = await tryIn('nft add table bridge t');
  if (filter !== undefined)
    missing.push({
      what: `no nft bridge family (${filter})`,
      remedy: 'load the kernel module nf_tables_bridge',
    });
  const rate = await tryIn(`${link} && tc qdisc add dev v0 root tbf rate 1mbit burst 64kb latency 50ms`);
  if (rate !== undefined) reduced.push({ what: `no tbf (${rate})`, leavesOut: 'the fault verb `rate`' });
  const netem = await tryIn(`${link} && tc qdisc add dev v0 root netem delay 1ms`);
  if (netem !== undefined)
    reduced.push({ what: 'no netem', leavesOut: 'delay on a link: use the fault verb `delay`, a TCP proxy' });
}

/** Fails with REFUSED that names everything the sandbox cannot do without. */
export async function requireMachine(): Promise<void> {
  const { missing } = await inspectMachine();
  if (missing.length === 0) return;
  throw new DroverError('REFUSED', {
    object: 'the sandbox on this machine',
    reason: missing.map(({ what }) => what).join('; '),
    remedy: missing.map(({ remedy }) => remedy).join('; '),
  });
}

/** Runs a line of shell in throw-away namespaces; returns why it failed, or undefined. */
async function tryIn(line: string): Promise<string | undefined> {
  const args = ['--pdeathsig', 'KILL', 'unshare', ...UNSHARE, 'sh', '-c', line];
  const { exitCode, stderr, shortMessage } = await execa('setpriv', args, {
    reject: false,
    timeout: 10_000,
    killSignal: 'SIGKILL',
  });
  if (exitCode === 0) return undefined;
  return stderr.trim().split('\n').at(-1) ?? shortMessage ?? 'it failed';
}

async function inPath(program: string): Promise<boolean> {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  const present = await asyncFilter(directories, async (directory) => {
    try {
      await access(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  return present.length > 0;
}

async function opens(device: string): Promise<boolean> {
  try {
    await (await open(device, 'r+')).close();
    return true;
  } catch {
    return false;
  }
}

async function asyncFilter<T>(all: readonly T[], keep: (one: T) => Promise<boolean>): Promise<T[]> {
  const kept = await Promise.all(all.map(keep));
  return all.filter((_, index) => kept[index]);
}
