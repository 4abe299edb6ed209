/** Backups of VMs: files with manifests, in chains, that prove themselves and restore. Page: docs/backup.md. */
export { type Catalogue, readCatalogue } from './catalogue.js';
export { type Chain, chainsOf, chooseKind, dependants, type DiskNow, type Entry, pathTo } from './chain.js';
export { fileOf, folderName } from './names.js';
export { Mounts } from './mounts.js';
export { planBackup } from './plan.js';
export { planRestore } from './restore.js';
export { retained, type Verdict } from './retention.js';
export { backupTasks } from './tasks.js';
export type { BackupWorld, Target } from './world.js';
