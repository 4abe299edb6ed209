import type { Command } from 'commander';
import type { VolumeSnapshot } from '../../lib/client/index.js';
import { aboutBytes, table } from '../../lib/text/index.js';
import { type FormatOptions, formatOption, show } from '../format.js';
import { withApi } from '../session.js';
import { agree, type Shell } from '../world.js';

interface ListOptions extends FormatOptions {
  readonly pool?: string;
  readonly volume?: string;
}

interface ChangeOptions {
  readonly force?: true;
  readonly yes?: true;
}

/** `drover storage volume snapshot add|list|rename|remove|rollback`. */
export function addVolumeSnapshotCommands(volume: Command, shell: Shell): void {
  const snapshot = volume.command('snapshot').description('snapshots of single volumes').helpCommand(false);
  addListing(snapshot, shell);
  addChanging(snapshot, shell);
  addRollback(snapshot, shell);
}

function addListing(snapshot: Command, shell: Shell): void {
  snapshot
    .command('list')
    .description('list the snapshots of volumes')
    .argument('[LIMIT]', 'a pattern that some part of the name must match')
    .option('-p, --pool <pool>', 'only those of this pool')
    .option('-o, --volume <volume>', 'only those of this volume')
    .addOption(formatOption())
    .action(async (limit: string | undefined, { format, ...conditions }: ListOptions) => {
      const filter = { ...conditions, ...(limit === undefined ? {} : { limit }) };
      const snapshots = await withApi(shell, (api) => api.storage.snapshots(filter));
      show(shell.world, { format }, snapshots, {
        pretty: listed,
        raw: (all) => all.map((one) => `${one.pool}/${one.volume}@${one.snapshot}`),
      });
    });
}

function addChanging(snapshot: Command, shell: Shell): void {
  const { world } = shell;
  snapshot
    .command('add')
    .description('take a snapshot of one volume')
    .argument('POOL')
    .argument('VOLUME')
    .argument('NAME')
    .action(async (pool: string, volume: string, name: string) => {
      world.out(`${await withApi(shell, (api) => api.storage.takeSnapshot(pool, volume, name))}\n`);
    });
  snapshot
    .command('rename')
    .description('give a snapshot of one volume another name')
    .argument('POOL')
    .argument('VOLUME')
    .argument('NAME')
    .argument('NEW', 'its new name')
    .action(async (pool: string, volume: string, name: string, to: string) => {
      world.out(`${await withApi(shell, (api) => api.storage.renameSnapshot(pool, volume, name, to))}\n`);
    });
  snapshot
    .command('remove')
    .description('remove a snapshot of one volume')
    .argument('POOL')
    .argument('VOLUME')
    .argument('NAME')
    .option('-y, --yes', 'do not ask')
    .action(async (pool: string, volume: string, name: string, options: ChangeOptions) => {
      await agree(world, options, `Remove snapshot ${pool}/${volume}@${name} for good`);
      world.out(`${await withApi(shell, (api) => api.storage.removeSnapshot(pool, volume, name))}\n`);
    });
}

function addRollback(snapshot: Command, shell: Shell): void {
  const { world } = shell;
  snapshot
    .command('rollback')
    .description('make one volume what it was at a snapshot, while nobody has it open')
    .argument('POOL')
    .argument('VOLUME')
    .argument('NAME')
    .option('-f, --force', 'also when it is one disk of a snapshot of a VM, or of the copy of a mirror')
    .option('-y, --yes', 'do not ask')
    .action(async (pool: string, volume: string, name: string, options: ChangeOptions) => {
      await agree(world, options, `Lose what was written to ${pool}/${volume} since snapshot ${name}`);
      const force = options.force === true;
      world.out(`${await withApi(shell, (api) => api.storage.rollBack(pool, volume, name, force))}\n`);
    });
}

function listed(snapshots: readonly VolumeSnapshot[]): string {
  return table(
    ['Pool', 'Volume', 'Name', 'Size'],
    snapshots.map(({ pool, volume, snapshot, stats }) => {
      const size = stats['size'];
      return [pool, volume, snapshot, typeof size === 'number' ? aboutBytes(size) : ''];
    }),
  );
}
