import type { DomainState, DomainStats } from '../ports/index.js';
import { attribute, element, elements, parseXml } from '../xml/index.js';

/** What of a running VM's own XML its figures are told with. */
export interface VmShape {
  /** Device of a disk, as `vda` → what it is, as `vms/vm1_vda`, or the path of a file. */
  readonly disks: ReadonlyMap<string, string>;
  /** Device of a network card on a bridge, as `vnet0` → its bridge. */
  readonly bridges: ReadonlyMap<string, string>;
  /** `listen:port` of its VNC console; empty when it has none. */
  readonly vnc: string;
}

/** Reads the XML of a running domain. What it does not say is left out. */
export function shapeOf(xml: string): VmShape {
  const devices = element(parseXml(xml), 'devices');
  const disks = elements(devices, 'disk').flatMap((disk) => {
    const source = element(disk, 'source');
    const name = attribute(source, 'name') ?? attribute(source, 'file') ?? attribute(source, 'dev');
    const target = attribute(element(disk, 'target'), 'dev');
    return name === undefined || target === undefined ? [] : [[target, name] as const];
  });
  const bridges = elements(devices, 'interface').flatMap((card) => {
    const bridge = attribute(element(card, 'source'), 'bridge');
    const target = attribute(element(card, 'target'), 'dev');
    return bridge === undefined || target === undefined ? [] : [[target, bridge] as const];
  });
  const graphics = elements(devices, 'graphics').find((one) => attribute(one, 'type') === 'vnc');
  const port = attribute(graphics, 'port');
  const listen = attribute(graphics, 'listen') ?? attribute(element(graphics, 'listen'), 'address');
  const vnc = port === undefined || port === '-1' ? '' : `${listen ?? '127.0.0.1'}:${port}`;
  return { disks: new Map(disks), bridges: new Map(bridges), vnc };
}

/** libvirt's constants, by which other programs know the states. */
const STATES: Readonly<Record<DomainState, string>> = {
  running: 'RUNNING',
  paused: 'PAUSED',
  'shutting-down': 'SHUTDOWN',
  off: 'SHUTOFF',
  crashed: 'CRASHED',
  suspended: 'PMSUSPENDED',
  unknown: 'NOSTATE',
};

/** The JSON of `/domains/{uuid}/stats`: memory in KiB, times in nanoseconds. */
export function statsText(domain: DomainStats, { disks, bridges }: VmShape): string {
  const { state, memory, vcpus, cpuTimeNs } = domain;
  return JSON.stringify({
    state: STATES[state],
    maxmem: memory.maxKib,
    livemem: memory.currentKib,
    cpus: vcpus,
    cputime: cpuTimeNs,
    mem_stats: { actual: memory.currentKib, rss: memory.rssKib },
    cpu_stats: { cpu_time: cpuTimeNs },
    disk_stats: domain.disks.map((disk) => ({
      name: disks.get(disk.target) ?? disk.target,
      rd_req: disk.reads,
      rd_bytes: disk.readBytes,
      wr_req: disk.writes,
      wr_bytes: disk.writtenBytes,
      err: disk.errors,
    })),
    net_stats: domain.networks.flatMap(({ name, received, sent }) => {
      const bridge = bridges.get(name);
      if (bridge === undefined) return [];
      const directions = [
        ['rd', received],
        ['wr', sent],
      ] as const;
      const figures = directions.flatMap(([way, { bytes, packets, errors, drops }]) =>
        Object.entries({ bytes, packets, errors, drops }).map(([what, count]) => [`${way}_${what}`, count]),
      );
      return [{ name, bridge, ...(Object.fromEntries(figures) as Readonly<Record<string, number>>) }];
    }),
  });
}
