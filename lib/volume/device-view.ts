import { DroverError } from '../core/index.js';
import type { ImageName } from '../ports/index.js';
import { attribute, element, elements, parseXml } from '../xml/index.js';

/** A device as a request names it. */
export interface Device {
  /** The kind of its element: `disk`, `interface`, … */
  readonly type: string;
  /** What no other device of the VM has; undefined for kinds of which libvirt makes no difference. */
  readonly place: string | undefined;
  /** The RBD image that it opens. */
  readonly image: ImageName | undefined;
}

/** Reads a device. BAD_INPUT when it is none. */
export function readDevice(xml: string): Device {
  const root = parseXml(xml);
  if (root === undefined || root.nodeName === 'domain')
    throw new DroverError('BAD_INPUT', {
      object: 'the device',
      reason: root === undefined ? 'it is no well-formed XML' : 'it is a whole VM',
      remedy: 'give one element as it stands below <devices>',
    });
  const source = element(root, 'source');
  const [, pool, name] = /^([^/@]+)\/([^/@]+)$/.exec(attribute(source, 'name') ?? '') ?? [];
  const isRbd = attribute(source, 'protocol') === 'rbd' && pool !== undefined && name !== undefined;
  return { type: root.nodeName, place: placeOf(root), image: isRbd ? { pool, name } : undefined };
}

/** How many devices of a running VM are this one: one or none where it has a place of its own. */
export function countOf(liveXml: string, { type, place }: Device): number {
  return elements(element(parseXml(liveXml), 'devices'), type).filter(
    (one) => place === undefined || placeOf(one) === place,
  ).length;
}

function placeOf(device: NonNullable<ReturnType<typeof parseXml>>): string | undefined {
  switch (device.nodeName) {
    case 'disk':
      return attribute(element(device, 'target'), 'dev');
    case 'interface':
      return attribute(element(device, 'mac'), 'address')?.toLowerCase();
    case 'channel':
      return attribute(element(device, 'target'), 'name');
    default:
      return undefined;
  }
}
