import { type ClusterLayout, INSIDE } from '../layout.js';
import { CEPH_SECRET_UUID, POOL } from '../parts/ceph-files.js';

/** A guest that writes the chain on each of its disks. */
export interface Guest {
  readonly name: string;
  readonly uuid: string;
  readonly cluster: string;
  /** Images in the pool `vms`; the first is vda. Default: one, called like the guest. */
  readonly images?: readonly string[];
  /** Default 96. */
  readonly memoryMiB?: number;
  /** Default true: a serial console, logged to one file for all nodes of the cluster. */
  readonly console?: boolean;
}

export function imagesOf(guest: Guest): readonly string[] {
  return guest.images ?? [guest.name];
}

/** The console's log, inside. */
export function consolePath(guest: Guest): string {
  return `${INSIDE}/console/${guest.cluster}-${guest.name}.log`;
}

/** The domain for `virsh create` or `virsh define` on any node of the guest's cluster. */
export function guestXml(cluster: ClusterLayout, guest: Guest): string {
  const disks = imagesOf(guest).map((image, index) => disk(cluster, image, index));
  const serial = `<serial type='pty'><log file='${consolePath(guest)}' append='on'/></serial>`;
  return `<domain type='qemu'>
  <name>${guest.name}</name>
  <uuid>${guest.uuid}</uuid>
  <memory unit='MiB'>${guest.memoryMiB ?? 96}</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <kernel>${INSIDE}/guest/vmlinuz</kernel>
    <initrd>${INSIDE}/guest/initramfs</initrd>
    <cmdline>console=ttyS0 quiet panic=-1</cmdline>
  </os>
  <features><acpi/><tcg><tb-cache unit='MiB'>16</tb-cache></tcg></features>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    ${disks.join('\n    ')}
    <controller type='usb' model='none'/>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    ${(guest.console ?? true) ? serial : ''}
    <memballoon model='none'/>
  </devices>
</domain>
`;
}

function disk(cluster: ClusterLayout, image: string, index: number): string {
  const target = `vd${String.fromCharCode('a'.charCodeAt(0) + index)}`;
  return `<disk type='network' device='disk'>
      <driver name='qemu' type='raw' cache='none' discard='unmap' error_policy='stop' rerror_policy='stop'/>
      <auth username='libvirt'><secret type='ceph' uuid='${CEPH_SECRET_UUID}'/></auth>
      <source protocol='rbd' name='${POOL}/${image}'><host name='${cluster.ceph?.address ?? ''}' port='6789'/></source>
      <target dev='${target}' bus='virtio'/>
    </disk>`;
}
