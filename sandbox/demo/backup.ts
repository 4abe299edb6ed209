import { chainOfDisk, INSIDE, readImage } from '../index.js';
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
  await world.show('east', 'storage', 'volume', 'scan', 'vms', world.guest.name);
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
  const images = [`${name}@${newest.backup}`, COPY];
  const sums = await Promise.all(images.map((image) => sha256(world, image)));
  for (const [at, image] of images.entries()) world.tell(`${sums[at] ?? ''}  ${image}`);
  if (sums[0] !== sums[1]) throw new Error(`${COPY} is not what was backed up`);
  const { records } = chainOfDisk(await readImage(world.sandbox, 'east', COPY));
  world.tell(`the same bytes: ${records.length} records of the guest are in there`);
}

/** Of what `rbd` itself exports, on the host of Ceph. */
async function sha256(world: World, image: string): Promise<string> {
  const script = 'set -o pipefail; rbd export --no-progress "vms/$0" - | sha256sum';
  const host = world.sandbox.cephHost('east').name;
  const { stdout } = await world.sandbox.run(host, ['bash', '-c', script, image], { signal: world.signal });
  return stdout.slice(0, 64);
}
