import { createHash } from 'node:crypto';
import { chainLimit, SECTOR } from './disk.js';

/** A record as init.sh of the guest describes it. */
export interface ChainRecord {
  readonly k: number;
  /** Fresh at each boot. */
  readonly boot: string;
  /** SHA-256 of the whole sector before, in hex. */
  readonly previous: string;
  /** SHA-256 of its own sector, in hex. */
  readonly hash: string;
}

/** What was found, and everything wrong with it; no problems: nothing was lost, repeated or changed. */
export interface ChainReport {
  readonly records: readonly ChainRecord[];
  readonly problems: readonly string[];
}

const RECORD = /^drover-chain (\d+) ([0-9a-f]{32}) ([0-9a-f]{64}) *\n$/;
const NONE = '0'.repeat(64);

/** Reads the chain from the raw bytes of a disk: record k in sector k, from 1 on, each with the hash of the one before. */
export function chainOfDisk(disk: Uint8Array): ChainReport {
  const records: ChainRecord[] = [];
  const problems: string[] = [];
  let previous = NONE;
  let ended: number | undefined;
  for (let k = 1; k < chainLimit(disk); k++) {
    const sector = disk.subarray(k * SECTOR, (k + 1) * SECTOR);
    if (sector.every((byte) => byte === 0)) {
      ended ??= k;
      continue;
    }
    if (ended !== undefined) {
      problems.push(`gap: sectors ${ended} to ${k - 1} are empty, ${k} is not`);
      ended = undefined;
    }
    const record = readRecord(sector);
    if (record === undefined) problems.push(`sector ${k} is not a record`);
    else {
      if (record.k !== k) problems.push(`sector ${k} holds record ${record.k}`);
      if (record.previous !== previous) problems.push(`record ${k} does not follow the one before it`);
      records.push(record);
    }
    previous = hashOf(sector);
  }
  return { records, problems };
}

function readRecord(sector: Uint8Array): ChainRecord | undefined {
  const match = RECORD.exec(Buffer.from(sector).toString('latin1'));
  if (match === null) return undefined;
  const [, k = '', boot = '', previous = ''] = match;
  return { k: Number(k), boot, previous, hash: hashOf(sector) };
}

function hashOf(sector: Uint8Array): string {
  return createHash('sha256').update(sector).digest('hex');
}

export interface ConsoleReport {
  /** Hash that the guest printed for each record. */
  readonly hashes: ReadonlyMap<number, string>;
  /** First record of each boot. */
  readonly boots: readonly number[];
  readonly problems: readonly string[];
}

/** Reads the chain from a console log: records one after the other, each boot where the disk had ended. */
export function chainOfConsole(text: string): ConsoleReport {
  const hashes = new Map<number, string>();
  const boots: number[] = [];
  const problems: string[] = [];
  let last: number | undefined;
  for (const line of text.split(/\r*\n/)) {
    const boot = /^drover-guest: boot at (\d+) /.exec(line);
    const record = /^drover-guest: record (\d+) ([0-9a-f]{64})$/.exec(line);
    if (boot !== null) {
      const first = Number(boot[1]);
      // One record may have reached the disk and not the console before the guest died.
      if (last !== undefined && (first < last + 1 || first > last + 2))
        problems.push(`boot at ${first} after record ${last}`);
      boots.push(first);
      last = first - 1;
    } else if (record !== null) {
      const k = Number(record[1]);
      if (last !== undefined && k !== last + 1) problems.push(`record ${k} printed after record ${last}`);
      hashes.set(k, record[2] ?? '');
      last = k;
    } else if (line.startsWith('drover-guest: ')) problems.push(line);
  }
  return { hashes, boots, problems: problems.filter((problem) => !/: shutdown$/.test(problem)) };
}

/**
 * Everything wrong with a disk and the console that goes with it: each in itself, a printed record that the disk lacks,
 * one that differs. A disk taken at an earlier moment: pass the number of records it may lack as `behind`.
 */
export function compareChains(disk: ChainReport, console: ConsoleReport, behind = 0): string[] {
  const problems = [...disk.problems, ...console.problems];
  const onDisk = new Map(disk.records.map((record) => [record.k, record.hash]));
  const last = disk.records.at(-1)?.k ?? 0;
  for (const [k, hash] of console.hashes) {
    const found = onDisk.get(k);
    if (found === undefined) {
      if (k <= last || k > last + behind) problems.push(`record ${k} was printed and is not on the disk`);
    } else if (found !== hash) problems.push(`record ${k} on the disk is not the one that was printed`);
  }
  return problems;
}
