import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { DroverError } from '../core/index.js';
import { attribute, element, elements, parseXml } from '../xml/index.js';
import { readCatalogue } from './catalogue.js';
import { type Entry, pathTo } from './chain.js';
import { folderName, PVC_MANIFEST } from './names.js';
import type { BackupWorld } from './world.js';

const PvcManifest = Type.Object({
  type: Type.Enum(['full', 'incremental']),
  snapshot_name: Type.String(),
  incremental_parent: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  vm_detail: Type.Object({ name: Type.String(), uuid: Type.String(), xml: Type.String() }),
  export_files: Type.Array(Type.Tuple([Type.String(), Type.Integer()])),
});
const validator = Compile(PvcManifest);

/**
 * The snapshots that one in a directory is imported from, the full one first: by our manifests where they are, else by those
 * of PVC, which have no checksums. BACKUP_DAMAGED or NOT_FOUND say what is missing.
 */
export async function exportedPath(
  world: Pick<BackupWorld, 'files'>,
  folder: string,
  snapshot: string,
): Promise<{ readonly path: readonly Entry[]; readonly proven: boolean }> {
  const { entries } = await readCatalogue(world, folder);
  const ours = entries.find(({ name }) => name === snapshot);
  const path = ours && pathTo(ours, entries);
  if (path !== undefined) return { path, proven: true };
  const foreign: Entry[] = [];
  for (let at: string | undefined = snapshot; at !== undefined;) {
    const entry: Entry = await readPvc(world, folder, folderName(at, 'snapshot'));
    if (foreign.some(({ name }) => name === entry.name))
      throw damaged(`${folder}/${at}`, 'it builds on itself');
    foreign.unshift(entry);
    at = entry.manifest.type === 'full' ? undefined : (entry.manifest.parent ?? '');
  }
  return { path: foreign, proven: false };
}

async function readPvc({ files }: Pick<BackupWorld, 'files'>, folder: string, name: string): Promise<Entry> {
  const file = `${folder}/${name}/${PVC_MANIFEST}`;
  const bytes = await files.read(file);
  if (bytes === undefined)
    throw new DroverError('NOT_FOUND', { object: file, reason: 'there is no such manifest' });
  const manifest = parsed(file, bytes);
  return { name, manifest: converted(file, manifest) };
}

function parsed(file: string, bytes: Uint8Array): Static<typeof PvcManifest> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (validator.Check(value)) return value;
  } catch (error) {
    throw damaged(file, 'it is not JSON', error);
  }
  throw damaged(file, 'it is not the manifest of a snapshot');
}

function converted(file: string, manifest: Static<typeof PvcManifest>): Entry['manifest'] {
  const { type, snapshot_name: name, incremental_parent: parent, vm_detail: vm } = manifest;
  const suffix = type === 'full' ? 'rbdimg' : 'rbddiff';
  const sizes = new Map(manifest.export_files.map(([path, bytes]) => [path, bytes]));
  const disks = volumesOf(vm.xml).map(({ pool, volume }) => {
    // By the definition, not by the dots of the file's name: pools and volumes may have dots of their own.
    const path = `images/${folderName(`${pool}.${volume}`, 'volume')}.${suffix}`;
    const fileBytes = sizes.get(path);
    if (fileBytes === undefined) throw damaged(file, `it names no file of volume ${pool}/${volume}`);
    return { pool, volume, file: path, fileBytes, bytes: 0, imageId: '', snapshotId: '', sha256: '' };
  });
  return {
    v: 1,
    cluster: '',
    vm: { uuid: vm.uuid.toLowerCase(), name: vm.name },
    name,
    type,
    ...(typeof parent === 'string' ? { parent } : {}),
    at: 0,
    endedAt: 0,
    consistency: 'crash',
    xml: vm.xml,
    meta: { tags: [] },
    disks,
  };
}

function volumesOf(xml: string): readonly { readonly pool: string; readonly volume: string }[] {
  return elements(element(parseXml(xml), 'devices'), 'disk').flatMap((disk) => {
    const source = element(disk, 'source');
    const [pool, volume] = (attribute(source, 'name') ?? '').split('/');
    if (attribute(source, 'protocol') !== 'rbd' || pool === undefined || volume === undefined) return [];
    return [{ pool, volume }];
  });
}

function damaged(object: string, reason: string, cause?: unknown): DroverError {
  return new DroverError('BACKUP_DAMAGED', { object, reason }, cause);
}
