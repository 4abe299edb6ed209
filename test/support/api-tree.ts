import { bytesOf } from '../../lib/tree/index.js';
import { storeFixture } from './fixture.js';

export const UUID = '00000001-0000-4000-8000-000000000001';

/** A VM for {@link treeWith}: keys by their place below `/domains/<uuid>`. */
export interface TestVm {
  readonly uuid: string;
  readonly name: string;
  readonly xml?: string;
  readonly keys?: Readonly<Record<string, string>>;
}

/** A definition with nothing in it but what libvirt cannot do without. */
export function plainXml(name: string, inside = ''): string {
  return `<domain type="kvm"><name>${name}</name><memory>1048576</memory>${inside}<os><type>hvm</type></os></domain>`;
}

/** The recorded tree with these VMs in place of its own. */
export function treeWith(vms: readonly TestVm[]): Map<string, Uint8Array> {
  const kept = [...storeFixture()].filter(([path]) => !path.startsWith('/domains/'));
  return new Map([...kept, ...vms.flatMap(keysOf)]);
}

function keysOf({ uuid, name, xml = plainXml(name), keys = {} }: TestVm): [string, Uint8Array][] {
  const values: Readonly<Record<string, string>> = {
    '': name,
    '/xml': xml,
    '/state': 'stop',
    '/node': 'pv1',
    '/lastnode': '',
    '/rbdlist': '',
    '/tags': '',
    '/snapshots': '',
    ...keys,
  };
  return Object.entries(values).map(([at, text]) => [`/domains/${uuid}${at}`, bytesOf(text)]);
}
