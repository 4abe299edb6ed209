import type { MirrorOffer } from '../../../schemas/mirror-wire.js';
import { rewrittenXml } from '../../point/index.js';
import { attribute, element, parseXml, textIn } from '../../xml/index.js';

/** A moment as PVC writes it: seconds since 1970. */
export function timestampOf(at: number): string {
  return String(at / 1_000);
}

/** Whether a moment that PVC tells is that of a point here. */
export function isMomentOf(timestamp: string, at: number): boolean {
  return Math.round(Number(timestamp) * 1_000) === at;
}

/**
 * A VM in the shape of PVC's API, with the snapshot that is sent and with no other. It is never started by a node that comes up:
 * PVC would start a mirror so (M5); that comes with the hand-over. The definition is that of the snapshot, in
 * which the images have the names that they have there (M16): PVC does not change those.
 */
export function vmSent({ vm, point, disks }: MirrorOffer): object {
  const xml = rewrittenXml(point.xml, {
    ...{ uuid: vm.uuid, name: vm.name, another: false, monitors: [], secretUuid: undefined },
    images: new Map(disks.map(({ of, pool, volume }) => [of, `${pool}/${volume}`])),
  }).replace(/^\s*<\?xml[^>]*\?>\s*/, '');
  const { meta } = point;
  const root = parseXml(xml);
  const [memory, vcpu] = [memoryMiB(root), Number(textIn(element(root, 'vcpu'))) || 1];
  return {
    ...{
      name: vm.name,
      uuid: vm.uuid,
      state: 'stop',
      node: '',
      last_node: '',
      migrated: 'no',
      failed_reason: '',
    },
    ...{
      node_limit: null,
      node_selector: meta.nodeSelector ?? null,
      node_autostart: false,
    },
    migration_method: meta.migrationMethod ?? null,
    migration_max_downtime: meta.migrationMaxDowntime ?? 300,
    tags: meta.tags.map(({ name, protected: kept }) => ({ name, type: 'user', protected: kept })),
    snapshots: [
      {
        ...{ name: point.name, timestamp: timestampOf(point.at), age: 0, xml_diff_lines: [] },
        rbd_snapshots: disks.map(({ pool, volume }) => `${pool}/${volume}@${point.name}`),
      },
    ],
    ...{ description: textIn(element(root, 'description')), profile: meta.profile ?? 'None' },
    ...{ memory, memory_stats: {}, vcpu, vcpu_topology: `1/${vcpu}/1`, vcpu_stats: {}, networks: [] },
    ...{ type: 'hvm', arch: 'x86_64', machine: '', console: 'pty', vnc: { listen: null, port: null } },
    ...{ emulator: '', features: [], controllers: [] },
    disks: disks.map(({ pool, volume }, at) => ({
      ...{ type: 'rbd', name: `${pool}/${volume}`, dev: `disk${at}`, bus: 'virtio' },
      ...{ rd_req: 0, rd_bytes: 0, wr_req: 0, wr_bytes: 0 },
    })),
    xml,
  };
}

const UNITS: Readonly<Record<string, number>> = {
  b: 1 / 1024 ** 2,
  KiB: 1 / 1024,
  k: 1 / 1024,
  MiB: 1,
  M: 1,
  GiB: 1024,
  G: 1024,
};

function memoryMiB(root: ReturnType<typeof parseXml>): number {
  const memory = element(root, 'memory');
  return Math.ceil(Number(textIn(memory)) * (UNITS[attribute(memory ?? root, 'unit') ?? 'KiB'] ?? 1)) || 0;
}
