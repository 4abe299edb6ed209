import type { Element } from '@xmldom/xmldom';
import type { Vm } from '../../../schemas/api.js';
import { attribute, element, elements, parseXml, singleQuoted, textIn } from '../../xml/index.js';

/** What a definition says of a VM, in the words of the API; the figures of disks and networks are still missing. */
export interface Hardware extends Pick<
  Vm,
  | 'description'
  | 'memory'
  | 'vcpu'
  | 'vcpu_topology'
  | 'type'
  | 'arch'
  | 'machine'
  | 'console'
  | 'emulator'
  | 'features'
  | 'controllers'
  | 'xml'
> {
  readonly disks: readonly Pick<Vm['disks'][number], 'type' | 'name' | 'dev' | 'bus'>[];
  readonly networks: readonly Pick<Vm['networks'][number], 'type' | 'vni' | 'mac' | 'source' | 'model'>[];
}

/**
 * Reads a definition. Whatever libvirt accepts is shown: nothing in it is required, and one that is not even
 * well-formed gives an empty machine, so that its VM is still listed.
 */
export function hardwareOf(xml: string): Hardware {
  const root = parseXml(xml);
  const os = element(root, 'os', 'type');
  const devices = element(root, 'devices');
  const vcpu = wholeNumber(textIn(element(root, 'vcpu')));
  return {
    description: textIn(element(root, 'description')),
    memory: memoryMiB(element(root, 'memory')),
    vcpu,
    vcpu_topology: topology(element(root, 'cpu', 'topology'), vcpu),
    type: textIn(os),
    arch: attribute(os, 'arch') ?? '',
    machine: attribute(os, 'machine') ?? '',
    console: attribute(element(devices, 'console'), 'type') ?? '',
    emulator: textIn(element(devices, 'emulator')),
    features: elements(element(root, 'features')).map((feature) => feature.nodeName),
    disks: elements(devices, 'disk').map(disk),
    networks: elements(devices, 'interface').map(network),
    controllers: elements(devices, 'controller').map((controller) => ({
      type: attribute(controller, 'type') ?? '',
      model: attribute(controller, 'model') ?? null,
    })),
    xml: singleQuoted(xml),
  };
}

/** Bytes of each unit of libvirt's `scaledInteger`; without a unit it counts KiB. */
const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  bytes: 1,
  KB: 1e3,
  k: 1024,
  KiB: 1024,
  MB: 1e6,
  M: 1024 ** 2,
  MiB: 1024 ** 2,
  GB: 1e9,
  G: 1024 ** 3,
  GiB: 1024 ** 3,
  TB: 1e12,
  T: 1024 ** 4,
  TiB: 1024 ** 4,
};

function memoryMiB(memory: Element | undefined): number {
  const unit = UNITS[attribute(memory, 'unit') ?? 'KiB'] ?? 0;
  return Math.floor((wholeNumber(textIn(memory)) * unit) / 1024 ** 2);
}

/** Without a topology each virtual CPU is a socket of its own, as libvirt does it. */
function topology(cpu: Element | undefined, vcpus: number): string {
  const of = (name: string, otherwise: number) => attribute(cpu, name) ?? String(otherwise);
  return cpu === undefined ? `${vcpus}/1/1` : `${of('sockets', 1)}/${of('cores', 1)}/${of('threads', 1)}`;
}

function disk(of: Element): Hardware['disks'][number] {
  const source = element(of, 'source');
  const kind = attribute(of, 'type') ?? '';
  const target = element(of, 'target');
  return {
    type: kind === 'network' ? (attribute(source, 'protocol') ?? kind) : kind,
    name: attribute(source, 'name') ?? attribute(source, 'file') ?? attribute(source, 'dev') ?? '',
    dev: attribute(target, 'dev') ?? '',
    bus: attribute(target, 'bus') ?? '',
  };
}

const SOURCES = ['bridge', 'network', 'dev'] as const;

function network(of: Element): Hardware['networks'][number] {
  const from = element(of, 'source');
  const source = SOURCES.map((name) => attribute(from, name)).find((name) => name !== undefined) ?? '';
  return {
    type: attribute(of, 'type') ?? '',
    vni: vni(source),
    mac: attribute(element(of, 'mac'), 'address') ?? '',
    source,
    model: attribute(element(of, 'model'), 'type') ?? '',
  };
}

/** The network of a bridge in PVC's names: `vmbr100` is of network 100, `brcluster` of the cluster network. */
function vni(source: string): string {
  return /^(?:vmbr|br)(.+)$/.exec(source)?.[1] ?? source;
}

function wholeNumber(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}
