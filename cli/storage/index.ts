import type { Command } from 'commander';
import type { Shell } from '../world.js';
import { addVolumeCommands } from './volume.js';

/** `drover storage …` */
export function addStorageCommands(program: Command, shell: Shell): void {
  const storage = program.command('storage').description('volumes and what is below them').helpCommand(false);
  addVolumeCommands(storage, shell);
}
