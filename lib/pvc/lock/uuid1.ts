import { hexId, type Random } from '../../core/index.js';

/** 100 ns between 1582-10-15 and 1970. */
const GREGORIAN = 0x01b2_1dd2_1381_4000n;

/** A version 1 UUID: what PVC's contenders hold as data. The node part is random and says so (multicast bit). */
export function uuid1(nowMs: number, random: Random): string {
  const time = (BigInt(Math.trunc(nowMs)) * 10_000n + GREGORIAN).toString(16).padStart(15, '0');
  const digits = hexId(random, 16);
  const variant = ((parseInt(digits.slice(0, 1), 16) & 0x3) | 0x8).toString(16);
  const multicast = (parseInt(digits.slice(5, 6), 16) | 0x1).toString(16);
  const clock = `${variant}${digits.slice(1, 4)}`;
  const node = `${digits.slice(4, 5)}${multicast}${digits.slice(6)}`;
  return `${time.slice(7)}-${time.slice(3, 7)}-1${time.slice(0, 3)}-${clock}-${node}`;
}
