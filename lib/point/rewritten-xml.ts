import { DroverError } from '../core/index.js';
import { attribute, editXml, element, elements } from '../xml/index.js';

/** What a definition is rewritten to. */
export interface Rewrite {
  readonly uuid: string;
  readonly name: string;
  /** `pool/name` of then → `pool/name` of now. */
  readonly images: ReadonlyMap<string, string>;
  /** `host:port`; none: those of the definition stay. */
  readonly monitors: readonly string[];
  readonly secretUuid: string | undefined;
  /** Whether it is another VM beside the first: its cards get addresses of their own. */
  readonly another: boolean;
}

/** The definition for this cluster, changed where it has to be, and nowhere else. BAD_INPUT when it is no XML. */
export function rewrittenXml(xml: string, rewrite: Rewrite): string {
  const text = editXml(xml, (root) => {
    const put = (name: string, value: string) => {
      const its = element(root, name);
      if (its !== undefined) its.textContent = value;
    };
    put('uuid', rewrite.uuid);
    put('name', rewrite.name);
    const devices = element(root, 'devices');
    for (const disk of elements(devices, 'disk')) rewriteDisk(disk, rewrite);
    if (!rewrite.another) return;
    for (const [at, card] of elements(devices, 'interface').entries())
      element(card, 'mac')?.setAttribute('address', macOf(rewrite.uuid, at));
  });
  if (text !== undefined) return text;
  throw new DroverError('BAD_INPUT', { object: 'the definition', reason: 'it is no well-formed XML' });
}

function rewriteDisk(disk: NonNullable<ReturnType<typeof element>>, rewrite: Rewrite): void {
  const source = element(disk, 'source');
  if (source === undefined || attribute(source, 'protocol') !== 'rbd') return;
  const image = rewrite.images.get(attribute(source, 'name') ?? '');
  if (image !== undefined) source.setAttribute('name', image);
  const { secretUuid, monitors } = rewrite;
  for (const auth of [element(disk, 'auth'), element(source, 'auth')]) {
    const secret = element(auth, 'secret');
    if (secret !== undefined && secretUuid !== undefined) secret.setAttribute('uuid', secretUuid);
  }
  const hosts = elements(source, 'host');
  const document = source.ownerDocument;
  // A definition that leaves the monitors to Ceph's own configuration is right in every cluster.
  if (monitors.length === 0 || hosts.length === 0 || document === null) return;
  for (const host of hosts) source.removeChild(host);
  for (const monitor of monitors) {
    const [, name = monitor, port] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(monitor) ?? [];
    const host = document.createElement('host');
    host.setAttribute('name', name);
    if (port !== undefined) host.setAttribute('port', port);
    source.appendChild(host);
  }
}

/** One of QEMU's own addresses, from a UUID that nobody else has. */
function macOf(uuid: string, at: number): string {
  const digits = uuid.replaceAll('-', '').slice(-8);
  const number = (parseInt(digits, 16) + at) >>> 0;
  const bytes = [number >>> 16, number >>> 8, number].map((byte) => byte & 0xff);
  return ['52', '54', '00', ...bytes.map((byte) => byte.toString(16).padStart(2, '0'))].join(':');
}
