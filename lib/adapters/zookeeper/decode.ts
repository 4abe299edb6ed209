import type { Children, Entry, Stat } from '../../ports/index.js';
import type { RawStat } from './internals.js';

/** Owners that are no session: a container, and the highest byte of one with a time to live. */
const CONTAINER = 0x8000_0000_0000_0000n;
const TIME_TO_LIVE = 0xffn;

export function statOf(raw: RawStat): Stat {
  return {
    version: raw.version,
    childrenVersion: raw.cversion,
    czxid: raw.czxid.readBigUInt64BE(),
    mzxid: raw.mzxid.readBigUInt64BE(),
    pzxid: raw.pzxid.readBigUInt64BE(),
    owner: ownerOf(raw.ephemeralOwner.readBigUInt64BE()),
  };
}

function ownerOf(owner: bigint): string | undefined {
  if (owner === 0n || owner === CONTAINER || owner >> 56n === TIME_TO_LIVE) return undefined;
  return owner.toString(16);
}

export function entryOf(path: string, raw: { data: Buffer; stat: RawStat } | undefined): Entry | undefined {
  if (raw === undefined) return undefined;
  const { buffer, byteOffset, length } = raw.data;
  return { path, data: new Uint8Array(buffer, byteOffset, length), stat: statOf(raw.stat) };
}

export function childrenOf(
  path: string,
  raw: { names: string[]; stat: RawStat } | undefined,
): Children | undefined {
  return raw && { path, names: raw.names.sort(), stat: statOf(raw.stat) };
}
