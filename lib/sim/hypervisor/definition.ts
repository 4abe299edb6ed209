import { DroverError } from '../../core/index.js';
import type { ImageName } from '../../ports/index.js';

/** What a simulated guest is made of. */
export interface Definition {
  readonly uuid: string;
  readonly name: string;
  readonly memoryBytes: number;
  /** The RBD images that its QEMU opens, by device. */
  readonly disks: ReadonlyMap<string, ImageName>;
  /** UUIDs of the secrets that its disks name. */
  readonly secrets: readonly string[];
  /** It has a guest agent's channel. */
  readonly agent: boolean;
  readonly xml: string;
}

const UUID = /<uuid>([0-9a-f-]{36})<\/uuid>/;
const NAME = /<name>([^<]+)<\/name>/;
const MEMORY = /<memory(?: unit='(KiB|MiB|GiB)')?>(\d+)<\/memory>/;
const DISK = /<source protocol='rbd' name='([^'/]+)\/([^']+)'[^]*?<target dev='([a-z]+)'/g;
const SECRET = /<secret type='ceph' uuid='([^']+)'/g;
const UNITS = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** Reads of a domain's XML what the simulation needs. HYPERVISOR_REFUSED when it is none. */
export function readDefinition(xml: string): Definition {
  const uuid = UUID.exec(xml)?.[1];
  const name = NAME.exec(xml)?.[1];
  if (uuid === undefined || name === undefined || !/^\s*<domain\b[^]*<\/domain>\s*$/.test(xml))
    throw new DroverError('HYPERVISOR_REFUSED', { object: 'new domain', reason: 'XML error' });
  const [, unit = 'KiB', memory = '0'] = MEMORY.exec(xml) ?? [];
  return {
    uuid,
    name,
    memoryBytes: Number(memory) * UNITS[unit as keyof typeof UNITS],
    disks: new Map(
      [...xml.matchAll(DISK)].map(([, pool = '', image = '', target = '']) => [
        target,
        { pool, name: image },
      ]),
    ),
    secrets: [...xml.matchAll(SECRET)].map(([, secret = '']) => secret),
    agent: xml.includes('org.qemu.guest_agent.0'),
    xml,
  };
}
