import { type Guest, readConsole, type Sandbox } from '../../sandbox/index.js';

/** How many QEMUs of the guest run on the node: asked of the kernel, not of libvirt. */
export async function qemusOn(sandbox: Sandbox, node: string, guest: Guest): Promise<number> {
  const script = `for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline | grep -c '^[^ ]*qemu-system.*${guest.uuid}'; done`;
  const { stdout } = await sandbox.run(node, ['sh', '-c', `${script} 2>/dev/null; true`]);
  return stdout.split('\n').filter((line) => line === '1').length;
}

/** Boots of the guest so far: one more means that it was started again. */
export async function bootsOf(sandbox: Sandbox, guest: Guest): Promise<number> {
  return (await readConsole(sandbox, guest)).boots.length;
}
