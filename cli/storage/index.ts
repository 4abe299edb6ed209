import type { Command } from 'commander';
import type { Shell } from '../world.js';
import { addBenchmarkCommands } from './benchmark.js';
import { addVolumeCommands } from './volume.js';

/** `drover storage …` */
export function addStorageCommands(program: Command, shell: Shell): void {
  const storage = program.command('storage').description('volumes, and how fast they are').helpCommand(false);
  addVolumeCommands(storage, shell);
  addBenchmarkCommands(storage, shell);
}
