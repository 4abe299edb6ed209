/** The number of an IPv4 address; undefined when `text` is none. */
export function ipv4(text: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (parts?.every((part) => part <= 255) !== true) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

/** A range of addresses: its first, the network's own, and its last, the broadcast. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** The range that `10.0.0.7/24` lies in; undefined when the text is none. */
export function ipv4Range(text: string): Range | undefined {
  const [address = '', bits = ''] = text.split('/');
  const number = ipv4(address);
  if (number === undefined || !/^\d{1,2}$/.test(bits) || Number(bits) > 32) return undefined;
  const size = 2 ** (32 - Number(bits));
  const first = Math.floor(number / size) * size;
  return { first, last: first + size - 1 };
}

/** Whether a host may have the address: inside the range, and neither the network's own nor the broadcast. */
export function isHostOf(range: Range, address: number): boolean {
  const small = range.last - range.first < 2;
  return small
    ? address >= range.first && address <= range.last
    : address > range.first && address < range.last;
}

export function ipv4Text(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}
