import { DroverError } from '../core/index.js';
import { componentFault, type VolumeName } from '../tree/index.js';
import { attribute, element, elements, parseXml, textIn } from '../xml/index.js';

/** What a definition says of itself. */
export interface Definition {
  /** In lower case. */
  readonly uuid: string;
  readonly name: string;
  /** Its RBD images in the order of its disks. */
  readonly volumes: readonly VolumeName[];
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Reads a definition. BAD_INPUT says what of it is missing or wrong; what libvirt thinks of it shows at the start. */
export function readDefinition(xml: string): Definition {
  const root = parseXml(xml);
  if (root === undefined) throw bad('it is no well-formed XML');
  if (root.nodeName !== 'domain') throw bad(`its root is <${root.nodeName}>, not <domain>`);
  const uuid = textIn(element(root, 'uuid')).toLowerCase();
  if (uuid === '') throw bad('it has no <uuid>', 'give it one, for instance from uuidgen');
  if (!UUID.test(uuid)) throw bad(`its <uuid> is '${uuid.slice(0, 80)}'`);
  const name = textIn(element(root, 'name'));
  if (name === '') throw bad('it has no <name>');
  const fault = componentFault(name);
  if (fault !== undefined) throw bad(`its <name> can name no file: ${fault}`);
  return { uuid, name, volumes: volumesOf(elements(element(root, 'devices'), 'disk')) };
}

function volumesOf(disks: ReturnType<typeof elements>): VolumeName[] {
  return disks.flatMap((disk) => {
    const source = element(disk, 'source');
    if (attribute(disk, 'type') !== 'network' || attribute(source, 'protocol') !== 'rbd') return [];
    const text = attribute(source, 'name') ?? '';
    const [, pool, volume] = /^([^/@,]+)\/([^/@,]+)$/.exec(text) ?? [];
    if (pool === undefined || volume === undefined)
      throw bad(`one of its disks names the RBD image '${text}'`, 'name it as pool/volume');
    return [{ pool, volume }];
  });
}

function bad(reason: string, remedy?: string): DroverError {
  return new DroverError('BAD_INPUT', {
    object: 'the definition',
    reason,
    ...(remedy === undefined ? {} : { remedy }),
  });
}
