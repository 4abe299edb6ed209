import { DroverError } from '../core/index.js';
import { folderName } from './names.js';
import type { BackupWorld, Target } from './world.js';

/** The target of this name. NOT_FOUND lists those that there are. */
export function targetOf({ targets }: Pick<BackupWorld, 'targets'>, name: string): Target {
  const target = Object.hasOwn(targets, name) ? targets[name] : undefined;
  if (target !== undefined) return target;
  const names = Object.keys(targets);
  throw new DroverError('NOT_FOUND', {
    object: `backup target '${name}'`,
    reason: names.length === 0 ? 'the configuration has none' : `there are ${names.join(', ')}`,
    remedy: 'name one of `backup.targets` of the configuration',
  });
}

/**
 * A directory that was asked for, if it lies in one of those that exports may go to. REFUSED for any other, also when a link
 * leads out; a caller never chooses a path of the machine.
 */
export async function exportDirectory(
  { exportRoots, directories }: Pick<BackupWorld, 'exportRoots' | 'directories'>,
  path: string,
): Promise<string> {
  const real = await directories.real(path);
  if (real !== undefined)
    for (const root of exportRoots) {
      const at = await directories.real(root);
      if (at !== undefined && (real === at || real.startsWith(`${at === '/' ? '' : at}/`))) return real;
    }
  throw new DroverError('REFUSED', {
    object: `directory ${path}`,
    reason:
      real === undefined
        ? 'there is no such directory on this node'
        : exportRoots.length === 0
          ? 'the configuration allows no directory for exports'
          : `exports go below ${exportRoots.join(', ')} only`,
    remedy: 'name a directory below one of `paths.exports` of the configuration',
  });
}

export function vmFolder(directory: string, vm: string): string {
  return `${directory}/${folderName(vm, 'VM')}`;
}
