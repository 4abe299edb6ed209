import { createHash } from 'node:crypto';
import t from 'tap';
import { chainOfConsole, chainOfDisk, compareChains } from '../../../sandbox/index.js';

const BOOT = 'b'.repeat(32);
const NONE = '0'.repeat(64);
const sha = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

/** A disk of 64 sectors whose chain has the records 1 … last, and what the guest printed of them. */
function guest(last: number): { disk: Buffer; console: string } {
  const disk = Buffer.alloc(64 * 512);
  const lines = [`drover-guest: boot at 1 boot ${BOOT} previous ${NONE}`];
  let previous = NONE;
  for (let k = 1; k <= last; k++) {
    const sector = Buffer.from(`${`drover-chain ${k} ${BOOT} ${previous}`.padEnd(511)}\n`);
    sector.copy(disk, k * 512);
    previous = sha(sector);
    lines.push(`drover-guest: record ${k} ${previous}`);
  }
  return { disk, console: `${lines.join('\r\n')}\r\n` };
}

/** The problems of a guest after `damage`. */
function problems(damage: (disk: Buffer) => void, last = 9): readonly string[] {
  const { disk, console } = guest(last);
  damage(disk);
  return compareChains(chainOfDisk(disk), chainOfConsole(console));
}

void t.test('a whole chain has no problem', (t) => {
  t.same(
    problems(() => undefined),
    [],
  );
  const { disk } = guest(9);
  t.equal(chainOfDisk(disk).records.at(-1)?.k, 9);
  t.end();
});

void t.test('a lost, moved, changed or foreign record is told', (t) => {
  const sector = (disk: Buffer, k: number) => disk.subarray(k * 512, (k + 1) * 512);
  t.match(
    problems((disk) => sector(disk, 9).fill(0)),
    [/record 9 was printed and is not on the disk/],
  );
  t.match(problems((disk) => sector(disk, 5).fill(0))[0]!, /gap: sectors 5 to 5/);
  t.match(problems((disk) => sector(disk, 4).copy(disk, 5 * 512))[0]!, /sector 5 holds record 4/);
  t.match(
    problems((disk) => sector(disk, 5).write('c', 20))[0]!,
    /sector 5 is not a record|record 6 does not/,
  );
  const other = guest(9).disk;
  Buffer.from('c'.repeat(32)).copy(other, 9 * 512 + 'drover-chain 9 '.length);
  t.match(
    problems((disk) => sector(other, 9).copy(disk, 9 * 512)),
    [/record 9 on the disk is not the one/],
  );
  t.end();
});

void t.test('a console with a gap, a repeat or a wrong boot is told', (t) => {
  const { console } = guest(9);
  const without = console.replace(/.*record 4 .*\r\n/, '');
  t.match(chainOfConsole(without).problems, [/record 5 printed after record 3/]);
  t.match(chainOfConsole(`${console}drover-guest: boot at 9 boot x\n`).problems, [
    /boot at 9 after record 9/,
  ]);
  t.same(chainOfConsole(`${console}drover-guest: boot at 11 boot x\n`).problems, []);
  t.match(chainOfConsole(`${console}drover-guest: boot at 12 boot x\n`).problems, [/boot at 12/]);
  t.end();
});

void t.test('a disk of an earlier moment may lack what it is allowed to', (t) => {
  const disk = chainOfDisk(guest(7).disk);
  const console = chainOfConsole(guest(9).console);
  t.equal(compareChains(disk, console).length, 2);
  t.same(compareChains(disk, console, 2), []);
  t.end();
});
