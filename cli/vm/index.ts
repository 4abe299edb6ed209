import type { Command } from 'commander';
import type { Shell } from '../world.js';
import { addVmBackupCommands } from './backup.js';
import { addVmDefineCommands } from './define.js';
import { addVmDiskCommands } from './disks.js';
import { addVmMirrorCommands } from './mirror.js';
import { addVmPlaceCommands } from './place.js';
import { addVmShowCommands } from './show.js';
import { addVmSnapshotCommands } from './snapshot.js';
import { addVmTagCommands } from './tag.js';
import { addVmWishCommands } from './wish.js';

/** `drover vm …` */
export function addVmCommands(program: Command, shell: Shell): void {
  const vm = program.command('vm').description('the virtual machines').helpCommand(false);
  addVmShowCommands(vm, shell);
  addVmDefineCommands(vm, shell);
  addVmWishCommands(vm, shell);
  addVmPlaceCommands(vm, shell);
  addVmDiskCommands(vm, shell);
  addVmSnapshotCommands(vm, shell);
  addVmBackupCommands(vm, shell);
  addVmMirrorCommands(vm, shell);
  addVmTagCommands(vm, shell);
}
