import type { BackupManifest } from '../../schemas/index.js';

/** A complete backup. */
export interface Entry {
  readonly name: string;
  readonly manifest: BackupManifest;
}

/** A full backup and those that build on it, the oldest first. */
export interface Chain {
  readonly full: Entry;
  readonly entries: readonly Entry[];
}

/** The chains of one VM, the oldest first, and the backups whose base is not there. */
export function chainsOf(entries: readonly Entry[]): {
  readonly chains: readonly Chain[];
  readonly broken: readonly Entry[];
} {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const fulls = new Map<string, Entry[]>();
  const broken: Entry[] = [];
  for (const entry of [...entries].sort(byTime)) {
    const full = fullOf(entry, byName);
    if (full === undefined) broken.push(entry);
    else fulls.set(full.name, [...(fulls.get(full.name) ?? []), entry]);
  }
  const chains = [...fulls].flatMap(([name, members]) => {
    const full = byName.get(name);
    return full === undefined ? [] : [{ full, entries: members }];
  });
  return { chains: chains.sort((one, other) => byTime(one.full, other.full)), broken };
}

/** The backups that one is restored from, the full one first; undefined when one of them is not there. */
export function pathTo(entry: Entry, entries: readonly Entry[]): readonly Entry[] | undefined {
  const byName = new Map(entries.map((one) => [one.name, one]));
  const path: Entry[] = [];
  for (let at: Entry | undefined = entry; at !== undefined; at = byName.get(at.manifest.parent ?? '')) {
    if (path.includes(at)) return undefined;
    path.unshift(at);
    if (at.manifest.type === 'full') return path;
  }
  return undefined;
}

/** The names of the backups that cannot be restored without this one, itself included. */
export function dependants(name: string, entries: readonly Entry[]): readonly string[] {
  return entries
    .filter((entry) => pathTo(entry, entries)?.some((one) => one.name === name) ?? entry.name === name)
    .map((entry) => entry.name);
}

export interface DiskNow {
  readonly pool: string;
  readonly volume: string;
  readonly imageId: string;
  readonly bytes: number;
  /** Ids of the snapshots that it has. */
  readonly snapshotIds: ReadonlySet<string>;
}

/** What the next backup of a VM is, and why. */
export type Kind =
  | { readonly type: 'full'; readonly why: string }
  | { readonly type: 'incremental'; readonly base: Entry; readonly why: string };

/**
 * Full by the interval, on request, or because the newest backup cannot be a base: its snapshots must still be there, of the
 * same images. Only complete backups are ever looked at, so none else is a base.
 */
export function chooseKind(
  entries: readonly Entry[],
  disks: readonly DiskNow[],
  { fullEvery, forceFull }: { readonly fullEvery: number; readonly forceFull: boolean },
): Kind {
  const full = (why: string): Kind => ({ type: 'full', why });
  if (forceFull) return full('it was asked for');
  const chain = chainsOf(entries).chains.at(-1);
  const base = chain?.entries.at(-1);
  if (chain === undefined || base === undefined) return full('there is no full backup yet');
  if (chain.entries.length >= fullEvery) return full(`every ${fullEvery} backups one is full`);
  if (base.manifest.disks.length !== disks.length) return full('the VM has other disks now');
  for (const disk of disks) {
    const volume = `${disk.pool}/${disk.volume}`;
    const before = base.manifest.disks.find(({ pool, volume: its }) => `${pool}/${its}` === volume);
    if (before === undefined) return full(`volume ${volume} is new`);
    if (before.imageId !== disk.imageId) return full(`volume ${volume} is another image now`);
    if (!disk.snapshotIds.has(before.snapshotId))
      return full(`the snapshot ${base.name} of volume ${volume} is gone`);
  }
  return { type: 'incremental', base, why: `what changed since ${base.name}` };
}

function fullOf(entry: Entry, byName: ReadonlyMap<string, Entry>): Entry | undefined {
  const seen = new Set<Entry>();
  for (let at: Entry | undefined = entry; at !== undefined; at = byName.get(at.manifest.parent ?? '')) {
    if (seen.has(at)) return undefined;
    seen.add(at);
    if (at.manifest.type === 'full') return at;
  }
  return undefined;
}

export function byTime(one: Entry, other: Entry): number {
  return one.manifest.at - other.manifest.at || (one.name < other.name ? -1 : 1);
}
