import type { Command } from 'commander';
import type { Volume } from '../../lib/client/index.js';
import { table } from '../../lib/text/index.js';
import { follow, type FollowOptions, noWaitOption } from '../follow.js';
import { type FormatOptions, formatOption, show } from '../format.js';
import { withApi } from '../session.js';
import { agree, type Shell } from '../world.js';
import { addVolumeSnapshotCommands } from './snapshot.js';

interface ChangeOptions {
  readonly force?: true;
  readonly yes?: true;
}

const FULL = 'also when the pool would be more than 80 % full';
const USED = 'also when a stopped VM has it';

/** `drover storage volume …`. Sizes are as `20G`, or bytes. */
export function addVolumeCommands(storage: Command, shell: Shell): void {
  const volume = storage.command('volume').description('images of Ceph for VMs').helpCommand(false);
  addListing(volume, shell);
  addMaking(volume, shell);
  addChanging(volume, shell);
  addTrash(volume, shell);
  addVolumeSnapshotCommands(volume, shell);
}

function addListing(volume: Command, shell: Shell): void {
  volume
    .command('list')
    .description('list the volumes')
    .argument('[LIMIT]', 'a pattern that some part of the name must match')
    .option('-p, --pool <pool>', 'only those of this pool')
    .addOption(formatOption())
    .action(
      async (limit: string | undefined, { format, pool }: FormatOptions & { readonly pool?: string }) => {
        const filter = { ...(limit === undefined ? {} : { limit }), ...(pool === undefined ? {} : { pool }) };
        const volumes = await withApi(shell, (api) => api.storage.volumes(filter));
        show(shell.world, { format }, volumes, {
          pretty: listed,
          raw: (all) => all.map(({ pool: its, name }) => `${its}/${name}`),
        });
      },
    );
  volume
    .command('scan')
    .description('tell the cluster of a volume as Ceph has it; without a name, of all in the pool')
    .argument('POOL')
    .argument('[NAME]')
    .addOption(noWaitOption())
    .action(async (pool: string, name: string | undefined, options: FollowOptions) => {
      if (name !== undefined) {
        shell.world.out(`${await withApi(shell, (api) => api.storage.scanVolume(pool, name))}\n`);
        return;
      }
      await follow(
        shell,
        await withApi(shell, (api) => api.tasks.request('volume.adopt', { pool })),
        options,
      );
    });
}

function addMaking(volume: Command, shell: Shell): void {
  const { world } = shell;
  volume
    .command('add')
    .description('make an empty volume')
    .argument('POOL')
    .argument('NAME')
    .argument('SIZE')
    .option('-f, --force', FULL)
    .action(async (pool: string, name: string, size: string, { force }: ChangeOptions) => {
      world.out(
        `${await withApi(shell, (api) => api.storage.createVolume(pool, name, size, force === true))}\n`,
      );
    });
  volume
    .command('clone')
    .description('copy a volume with its data')
    .argument('POOL')
    .argument('NAME')
    .argument('NEW', 'the name of the copy')
    .option('-f, --force', `${FULL}, or while somebody has it open`)
    .action(async (pool: string, name: string, to: string, { force }: ChangeOptions) => {
      world.out(
        `${await withApi(shell, (api) => api.storage.cloneVolume(pool, name, to, force === true))}\n`,
      );
    });
}

function addChanging(volume: Command, shell: Shell): void {
  const { world } = shell;
  volume
    .command('resize')
    .description('grow a volume, also under a running VM')
    .argument('POOL')
    .argument('NAME')
    .argument('SIZE')
    .option('-f, --force', FULL)
    .option('-y, --yes', 'do not ask')
    .action(async (pool: string, name: string, size: string, options: ChangeOptions) => {
      await agree(world, options, `Grow volume ${pool}/${name} to ${size}`);
      const force = options.force === true;
      world.out(`${await withApi(shell, (api) => api.storage.resizeVolume(pool, name, size, force))}\n`);
    });
  volume
    .command('rename')
    .description('give a volume another name')
    .argument('POOL')
    .argument('NAME')
    .argument('NEW', 'its new name')
    .option('-f, --force', USED)
    .option('-y, --yes', 'do not ask')
    .action(async (pool: string, name: string, to: string, options: ChangeOptions) => {
      await agree(world, options, `Rename volume ${pool}/${name} to ${to}`);
      const force = options.force === true;
      world.out(`${await withApi(shell, (api) => api.storage.renameVolume(pool, name, to, force))}\n`);
    });
}

function addTrash(volume: Command, shell: Shell): void {
  const { world } = shell;
  volume
    .command('remove')
    .description('move a volume into the trash, where it is protected for 24 hours')
    .argument('POOL')
    .argument('NAME')
    .option('-f, --force', USED)
    .option('-y, --yes', 'do not ask')
    .action(async (pool: string, name: string, options: ChangeOptions) => {
      await agree(world, options, `Move volume ${pool}/${name} into the trash`);
      const force = options.force === true;
      world.out(`${await withApi(shell, (api) => api.storage.removeVolume(pool, name, force))}\n`);
    });
  volume
    .command('restore')
    .description('bring a volume back from the trash')
    .argument('POOL')
    .argument('ID', 'the id of its image, as its removal told it')
    .addOption(noWaitOption())
    .action(async (pool: string, id: string, options: FollowOptions) => {
      const ticket = await withApi(shell, (api) => api.tasks.request('volume.restore', { pool, id }));
      await follow(shell, ticket, options);
    });
  volume
    .command('purge')
    .description('delete for good what lies in the trash and is not protected any more')
    .argument('[POOL]', 'without it, of all pools')
    .option('-y, --yes', 'do not ask')
    .addOption(noWaitOption())
    .action(async (pool: string | undefined, options: FollowOptions & ChangeOptions) => {
      await agree(
        world,
        options,
        `Delete for good what is not protected in the trash of ${pool ?? 'all pools'}`,
      );
      const ticket = await withApi(shell, (api) =>
        api.tasks.request('volume.purge', pool === undefined ? {} : { pool }),
      );
      await follow(shell, ticket, options);
    });
}

function listed(volumes: readonly Volume[]): string {
  return table(
    ['Pool', 'Name', 'Size', 'Snapshots', 'Features'],
    volumes.map(({ pool, name, stats }) => [
      pool,
      name,
      textOf(stats['size']),
      textOf(stats['snapshot_count']),
      Array.isArray(stats['features']) ? stats['features'].join(',') : '',
    ]),
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
