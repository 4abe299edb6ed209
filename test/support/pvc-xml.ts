/** A definition with these images, as PVC has it: with the secret and the monitor of its own cluster. */
export function guestXmlOf(uuid: string, name: string, images: readonly string[]): string {
  const disks = images.map(
    (image, at) =>
      `<disk type="network" device="disk"><driver name="qemu" discard="unmap"/><target dev="vd${'abcd'[at] ?? 'z'}" bus="virtio"/><auth username="libvirt"><secret type="ceph" uuid="5ec00001-1111-2222-3333-444444444441"/></auth><source protocol="rbd" name="${image}"><host name="pv1.storage.local" port="6789"/></source></disk>`,
  );
  return `<domain type="qemu"><name>${name}</name><uuid>${uuid}</uuid><memory unit="MiB">192</memory><vcpu>1</vcpu><os><type arch="x86_64" machine="pc">hvm</type></os><devices><console type="pty"/>${disks.join('')}</devices></domain>`;
}
