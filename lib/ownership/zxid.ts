/** A transaction id as documents hold it, and as `stat` of zkCli.sh prints it. */
export function zxidText(zxid: bigint): string {
  return `0x${zxid.toString(16)}`;
}

/** The number of such a text. The schema has checked its form. */
export function zxidOf(text: string): bigint {
  return BigInt(text);
}
