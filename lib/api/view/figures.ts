import type { Vm } from '../../../schemas/api.js';
import type { Hardware } from './hardware.js';

type Row = Readonly<Record<string, unknown>>;

/** The disks of a definition with what the node reported of each, by name. */
export function disksOf(disks: Hardware['disks'], reported: unknown): Vm['disks'] {
  const rows = rowsOf(reported);
  return disks.map((disk) => {
    const row = rows.find(({ name }) => name === disk.name);
    const { rd_req, rd_bytes, wr_req, wr_bytes } = row ?? {};
    return {
      ...disk,
      rd_req: number(rd_req),
      rd_bytes: number(rd_bytes),
      wr_req: number(wr_req),
      wr_bytes: number(wr_bytes),
    };
  });
}

/**
 * The interfaces of a definition with what the node reported of each. A report names the bridge only: of several
 * interfaces on one bridge, the first one has the first report.
 */
export function networksOf(networks: Hardware['networks'], reported: unknown): Vm['networks'] {
  const rows = [...rowsOf(reported)];
  return networks.map((network) => {
    const at = rows.findIndex(({ bridge }) => bridge === network.source);
    const [row = {}] = at < 0 ? [] : rows.splice(at, 1);
    return {
      ...network,
      rd_bytes: number(row['rd_bytes']),
      rd_packets: number(row['rd_packets']),
      rd_errors: number(row['rd_errors']),
      rd_drops: number(row['rd_drops']),
      wr_bytes: number(row['wr_bytes']),
      wr_packets: number(row['wr_packets']),
      wr_errors: number(row['wr_errors']),
      wr_drops: number(row['wr_drops']),
    };
  });
}

function rowsOf(value: unknown): readonly Row[] {
  return Array.isArray(value)
    ? value.filter((row): row is Row => typeof row === 'object' && row !== null)
    : [];
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
