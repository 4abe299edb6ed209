import { chainOfDisk, imagesOf, INSIDE, readImage } from '../index.js';
import { sha256 } from './sums.js';
import type { Step, World } from './world.js';

/** A backup, and a VM made of it. */
export const BACKUP: readonly Step[] = [
  { title: 'the program tags the VM; drover backs it up while it writes', run: backUp },
  { title: 'the backup is restored under another name, and the two disks are compared', run: restore },
];

/** What the schedule uses as well. */
export const TARGET = 'shelf';
const TAG = 'nightly';
const COPY = 'vm1-copy';
/** Every node reaches it, as if it were NFS. */
const ROOT = `${INSIDE}/backups`;

interface Backup {
  readonly backup: string;
}

async function backUp(world: World): Promise<void> {
  const east = world.fleet('east');
  await world.sandbox.run('east1', ['mkdir', '-p', ROOT]);
  world.tell(`tag: ${await world.keys('tag', TAG)}`);
  await east.configure({ backup: { targets: { [TARGET]: { root: ROOT, suffix: '/east', tags: [TAG] } } } });
  for (const image of imagesOf(world.guest))
    await world.show('east', 'storage', 'volume', 'scan', 'vms', image);
  const before = await world.record(0);
  await world.show('east', 'vm', 'autobackup', '--target', TARGET);
  world.tell(`the guest wrote records ${before} to ${await world.record(before + 1)} meanwhile`);
  await world.show('east', 'vm', 'backup', 'list', world.guest.name);
}

async function restore(world: World): Promise<void> {
  const { name } = world.guest;
  const found = await world.fleet('east').drover('vm', 'backup', 'list', name, '-f', 'json');
  const newest = (JSON.parse(found) as { readonly backups: readonly Backup[] }).backups.at(-1);
  if (newest === undefined) throw new Error(`there is no backup of ${name}`);
  await world.show('east', 'vm', 'backup', 'restore', name, newest.backup, '--target', TARGET, '--as', COPY);
  for (const image of imagesOf(world.guest)) {
    const copy = image.replace(name, COPY);
    const images = [`${image}@${newest.backup}`, copy];
    const sums = await Promise.all(images.map((one) => sha256(world, 'east', one)));
    for (const [at, one] of images.entries()) world.tell(`${sums[at] ?? ''}  ${one}`);
    if (sums[0] !== sums[1]) throw new Error(`${copy} is not what was backed up`);
  }
  const { records } = chainOfDisk(await readImage(world.sandbox, 'east', COPY));
  world.tell(`the same bytes: ${records.length} records of the guest are in there`);
}
