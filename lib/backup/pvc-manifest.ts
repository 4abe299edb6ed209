import type { BackupManifest } from '../../schemas/index.js';
import { singleQuoted } from '../xml/index.js';
import type { Entry } from './chain.js';

type Manifest = Omit<BackupManifest, 'v'>;

/** A manifest as PVC's tools read it, `snapshot.json`. */
export function pvcManifest(manifest: Manifest): string {
  return JSON.stringify(pvcObject(manifest));
}

/** PVC's list of backups, the newest first. It is made anew of the manifests, whatever stood there. */
export function pvcList(entries: readonly Entry[]): string {
  return JSON.stringify({ tracked_backups: entries.map(({ manifest }) => pvcObject(manifest)).reverse() });
}

function pvcObject(manifest: Manifest) {
  const { vm, meta, disks } = manifest;
  return {
    type: manifest.type,
    result: true,
    message: manifest.why ?? '',
    datestring: manifest.name.replace(/^ab/, ''),
    runtime_secs: Math.round((manifest.endedAt - manifest.at) / 1000),
    snapshot_name: manifest.name,
    incremental_parent: manifest.parent ?? null,
    vm_detail: {
      name: vm.name,
      uuid: vm.uuid,
      state: meta.state ?? 'stop',
      node: meta.node ?? '',
      node_limit: meta.nodeLimit ?? [],
      node_selector: meta.nodeSelector ?? 'none',
      node_autostart: meta.autostart === true ? 'True' : 'False',
      migration_method: meta.migrationMethod ?? 'none',
      migration_max_downtime: meta.migrationMaxDowntime ?? 300,
      profile: meta.profile ?? null,
      tags: meta.tags.map(({ name, protected: kept }) => ({ name, type: 'user', protected: kept })),
      xml: singleQuoted(manifest.xml),
    },
    export_files: disks.map(({ file, fileBytes }) => [file, fileBytes] as const),
    export_size_bytes: disks.reduce((sum, { fileBytes }) => sum + fileBytes, 0),
  };
}
