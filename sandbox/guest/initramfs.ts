import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import { DroverError } from '../../lib/core/index.js';
import { checkout, write } from '../files.js';

/** Paths, outside, of what a guest boots from. */
export interface BootImages {
  readonly kernel: string;
  readonly initramfs: string;
}

/** In this order: a module before those that need it, or the guest comes up without its disk. */
const MODULES = [
  'virtio_ring',
  'virtio',
  'virtio_pci_legacy_dev',
  'virtio_pci_modern_dev',
  'virtio_pci',
  'virtio_blk',
  'virtio_console',
  'evdev',
  'button',
];
const SOURCES = join(checkout(), 'sandbox', 'guest');
/** Where each script of `guest/` lies in the initramfs. */
const SCRIPTS = {
  'init.sh': 'init',
  'chain.sh': 'sbin/chain',
  'freeze-hook.sh': 'sbin/freeze-hook',
  'shutdown.sh': 'sbin/shutdown',
} as const;

/**
 * Debian's cloud kernel and the initramfs made for it. The initramfs is made once for each content: kernel, scripts,
 * busybox and guest agent; it is a product of the build and lies in `dist/`.
 *
 * @param scratch directory to build in, which somebody else removes if this process is killed
 */
export async function bootImages(scratch: string): Promise<BootImages> {
  const kernel = await newestKernel();
  const parts = await ingredients(kernel);
  const hash = createHash('sha256');
  for (const path of [...parts.values()].sort()) hash.update(`${path}\0`).update(await readFile(path));
  hash.update([...parts.keys()].join('\0'));
  const initramfs = join(checkout(), 'dist/sandbox/guest', `initramfs-${hash.digest('hex').slice(0, 16)}`);
  if (!existsSync(initramfs)) await build(parts, initramfs, scratch);
  return { kernel, initramfs };
}

async function newestKernel(): Promise<string> {
  const kernels = (await readdir('/boot')).filter((name) => /^vmlinuz-.*-cloud-/.test(name));
  const newest = kernels.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
  if (newest !== undefined) return join('/boot', newest);
  throw new DroverError('REFUSED', {
    object: '/boot',
    reason: 'there is no cloud kernel for the guests',
    remedy: 'install linux-image-cloud-amd64, or run ./setup.sh as root',
  });
}

/** Every file of the initramfs: path in it → path here. */
async function ingredients(kernel: string): Promise<Map<string, string>> {
  const files = new Map<string, string>([
    ['bin/busybox', await programPath('busybox')],
    ['sbin/qemu-ga', await programPath('qemu-ga')],
  ]);
  for (const library of await librariesOf(await programPath('qemu-ga'))) files.set(library.slice(1), library);
  const version = basename(kernel).replace(/^vmlinuz-/, '');
  const tree = `/lib/modules/${version}/kernel`;
  const all = await readdir(tree, { recursive: true });
  for (const module of MODULES) {
    const path = all.find((name) => basename(name) === `${module}.ko`);
    if (path === undefined)
      throw new DroverError('NOT_FOUND', { object: `module ${module}`, reason: `it is not below ${tree}` });
    files.set(`modules/${module}.ko`, join(tree, path));
  }
  for (const [source, target] of Object.entries(SCRIPTS)) files.set(target, join(SOURCES, source));
  return files;
}

async function programPath(name: string): Promise<string> {
  const { stdout } = await execa('sh', ['-c', `PATH="$PATH:/usr/sbin:/sbin"; command -v ${name}`]);
  return stdout.trim();
}

async function librariesOf(program: string): Promise<string[]> {
  const { stdout } = await execa('ldd', [program]);
  return [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path);
}

async function build(parts: ReadonlyMap<string, string>, target: string, scratch: string): Promise<void> {
  const stage = await mkdtemp(join(scratch, 'initramfs-'));
  try {
    for (const [to, from] of parts) {
      const path = join(stage, to);
      await mkdir(dirname(path), { recursive: true });
      await copyFile(from, path);
      await chmod(path, 0o755);
    }
    for (const empty of ['proc', 'sys', 'dev', 'run', 'tmp'])
      await mkdir(join(stage, empty), { recursive: true });
    await write(join(stage, 'modules/order'), MODULES.join('\n'));
    await mkdir(join(stage, 'etc/acpi/PWRF'), { recursive: true });
    await symlink('/sbin/shutdown', join(stage, 'etc/acpi/PWRF/00000080'));
    await mkdir(dirname(target), { recursive: true });
    const fresh = `${stage}.packed`;
    const pack = `find . | sort | busybox cpio -o -H newc 2>/dev/null | gzip -9n >"$1"`;
    await execa('bash', ['-o', 'pipefail', '-ec', pack, 'pack', fresh], { cwd: stage });
    // Beside it first, and in place in one step: another sandbox may be building the same.
    const beside = `${target}.${process.pid}`;
    await copyFile(fresh, beside);
    await rename(beside, target);
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}
