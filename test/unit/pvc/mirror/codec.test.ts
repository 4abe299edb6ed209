import fc from 'fast-check';
import t from 'tap';
import { definitionAt } from '../../../../lib/pvc/mirror/definition.js';
import { Inflow, unitOf } from '../../../../lib/pvc/mirror/inflow.js';
import { boundaryOf } from '../../../../lib/pvc/mirror/multipart.js';
import { requestsOf, wholeOf } from '../../../../lib/pvc/mirror/outflow.js';
import { changesIn, partHead } from '../../../../lib/pvc/mirror/parts.js';
import { wholeImage } from '../../../../lib/pvc/mirror/stretch.js';
import { offerOf, readVmObject } from '../../../../lib/pvc/mirror/vm-object.js';
import { DiffReader, framed, UnitReader, writeBytes, zeroBytes } from '../../../../lib/ship/index.js';
import { unifiedDiff } from '../../../../lib/api/view/line-diff.js';

const BLOCK = 64 * 1024;

const partBody = (offset: number, bytes: Buffer) => Buffer.concat([partHead(offset, bytes.length), bytes]);

async function* cut(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (let turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield await Promise.resolve(bytes.subarray(at, at + size));
    at += size;
  }
}

function bodyOf(parts: readonly Buffer[], boundary = 'b'): Buffer {
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="object_0"\r\n\r\n`;
  return Buffer.concat([
    ...parts.flatMap((part) => [Buffer.from(head), part, Buffer.from('\r\n')]),
    Buffer.from(`--${boundary}--\r\n`),
  ]);
}

async function readBack(body: Buffer, sizes: readonly number[]): Promise<Map<number, Buffer>> {
  const found = new Map<number, Buffer>();
  for await (const { offset, bytes } of changesIn('it', 'b', cut(body, sizes))) found.set(offset, bytes);
  return found;
}

void t.test('parts are read as they come, wherever they are cut', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 0, maxLength: 300 }), { minLength: 1, maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 4 }),
      async (datas, sizes) => {
        const parts = datas.map((data, at) => partBody(at * 1000, Buffer.from(data)));
        const found = await readBack(bodyOf(parts), sizes);
        for (const [at, data] of datas.entries())
          if (data.length > 0 && !found.get(at * 1000)?.equals(data)) return false;
        return true;
      },
    ),
  );
  t.equal(boundaryOf('multipart/form-data; boundary=deac484b'), 'deac484b');
  t.equal(boundaryOf('multipart/form-data; charset=utf-8; boundary="a b"'), 'a b');
  t.equal(boundaryOf('application/octet-stream'), undefined);
});

void t.test('a body that is torn, or a part that lies, is refused', async (t) => {
  const whole = bodyOf([partBody(0, Buffer.alloc(100, 1))]);
  const long = Buffer.alloc(16);
  long.writeBigUInt64BE(2n ** 60n, 8);
  const rows: readonly (readonly [Buffer, RegExp])[] = [
    [whole.subarray(0, -5), /breaks off/],
    [whole.subarray(0, 80), /breaks off/],
    [Buffer.from('hello'), /breaks off/],
    [bodyOf([partBody(0, Buffer.alloc(100)).subarray(0, 50)]), /shorter than it says/],
    [bodyOf([Buffer.concat([partBody(0, Buffer.alloc(3)), Buffer.from('more')])]), /longer than it says/],
    [bodyOf([Buffer.alloc(7)]), /shorter than it says/],
    [bodyOf([long]), /a part says that it is/],
    [Buffer.from('--bxx'), /something follows/],
    [Buffer.concat([Buffer.from('--b\r\n'), Buffer.alloc(20_000, 65)]), /have no end/],
  ];
  for (const [body, said] of rows)
    await t.rejects(readBack(body, [11]), { code: 'BAD_INPUT', message: said });
});

void t.test('a whole image of another length is refused', async (t) => {
  const read = async (bytes: number) => {
    let sum = 0;
    for await (const stretch of wholeImage('it', cut(Buffer.alloc(bytes), [1000]), 5000))
      sum += stretch.bytes.length;
    return sum;
  };
  t.equal(await read(5000), 5000);
  await t.rejects(read(4999), { message: /ends after 4999 of 5000/ });
  await t.rejects(read(5001), { message: /more than the 5000/ });
});

/** A unit as the engine reads it, as kinds with their places. */
async function records(unit: AsyncIterable<Buffer>, size: number): Promise<{ seen: string[]; to: number }> {
  const reader = new UnitReader('it', size);
  const diff = new DiffReader('it');
  const seen: string[] = [];
  for await (const chunk of reader.stream(unit))
    for (const piece of diff.push(chunk))
      if (piece.kind === 'write' || piece.kind === 'zero')
        seen.push(`${piece.kind} ${piece.offset}+${piece.length}`);
  return { seen, to: reader.to };
}

void t.test('runs of zeroes become holes of whole blocks, or nothing in a new image', async (t) => {
  const image = Buffer.concat([
    ...[
      Buffer.alloc(2 * BLOCK),
      Buffer.alloc(10, 1),
      Buffer.alloc(BLOCK),
      Buffer.alloc(BLOCK),
      Buffer.alloc(5, 2),
    ],
    Buffer.alloc(100),
  ]);
  const inflow = () => new Inflow('it', wholeImage('it', cut(image, [40_000]), image.length), 0);
  const { seen, to } = await records(unitOf(inflow(), image.length, false), image.length);
  t.equal(to, image.length);
  t.same(seen, [
    `zero 0+${2 * BLOCK}`,
    `write ${2 * BLOCK}+${BLOCK}`,
    `zero ${3 * BLOCK}+${BLOCK}`,
    `write ${4 * BLOCK}+${image.length - 4 * BLOCK}`,
  ]);
  const fresh = await records(unitOf(inflow(), image.length, true), image.length);
  t.same(fresh, { seen: seen.filter((one) => one.startsWith('write')), to });
});

void t.test('what is not in the order of the image is refused', async (t) => {
  const stretches = (async function* () {
    for (const offset of [1000, 0]) yield await Promise.resolve({ offset, bytes: Buffer.alloc(10, 1) });
  })();
  await t.rejects(records(unitOf(new Inflow('it', stretches, 0), 5000, false), 5000), {
    message: /comes after/,
  });
});

void t.test('M15 a definition goes back to its snapshot by its lines, not by their numbers', (t) => {
  const then = `<domain>\n  <name>a</name>\n  <memory>1</memory>\n  <disk "x"/>\n</domain>`;
  const now = `<domain>\n  <name>a</name>\n  <memory>2</memory>\n  <new/>\n  <disk "x"/>\n</domain>`;
  const changes = unifiedDiff(now, then);
  t.equal(definitionAt(now, changes), then);
  t.equal(definitionAt(now, []), now);
  const quoted = (text: string) => text.replaceAll('"', "'");
  t.equal(
    definitionAt(`<!-- one more line -->\n${quoted(now)}`, changes),
    `<!-- one more line -->\n${quoted(then)}`,
  );
  t.throws(() => definitionAt('<domain>\n  <other/>\n</domain>', changes), { code: 'REFUSED' });
  t.equal(
    definitionAt('a\nb', ['--- c', '+++ s', '@@ -1 +1 @@', '-a', '+x']),
    'x\nb',
    'a head without a count',
  );
  t.end();
});

const VM = {
  ...{ name: 'web', uuid: '00000041-0000-4000-8000-000000000041', xml: '<domain/>', node_autostart: true },
  ...{ tags: [{ name: 'blue', type: 'user', protected: true }], profile: 'None', migration_method: 'odd' },
  snapshots: [
    { name: 'am2', timestamp: '1795337027.7302582', xml_diff_lines: [], rbd_snapshots: ['vms/a@am2'] },
  ],
  disks: [
    { type: 'rbd', name: 'vms/a' },
    { type: 'file', name: '/iso' },
  ],
};

void t.test('a VM of PVC, as the point that it becomes', (t) => {
  const offer = offerOf(readVmObject(VM), 'am2', 'west', 3);
  t.match(offer, {
    ...{ source: { cluster: 'pvc:west', name: 'west' }, epoch: 3, bases: [] },
    point: {
      name: 'am2',
      at: 1_795_337_027_730,
      origin: 'automirror',
      meta: { autostart: true, migrationMethod: undefined },
    },
    disks: [{ of: 'vms/a', pool: 'vms', volume: 'a' }],
  });
  t.equal(
    offerOf(readVmObject(VM), 'am2', 'west', 4).point.id,
    offer.point.id,
    'the same snapshot is the same point',
  );
  t.throws(() => offerOf(readVmObject(VM), 'am3', 'west', 3), { code: 'BAD_INPUT' });
  const more = { ...VM, disks: [...VM.disks, { type: 'rbd', name: 'vms/b' }] };
  t.throws(
    () => offerOf(readVmObject(more), 'am2', 'west', 3),
    { code: 'REFUSED', message: /vms\/b/ },
    'M13 M37',
  );
  const odd = { ...VM, snapshots: [{ ...VM.snapshots[0], name: 'a b' }] };
  t.throws(() => offerOf(readVmObject(odd), 'a b', 'west', 3), { code: 'REFUSED' });
  t.throws(() => readVmObject({ ...VM, uuid: 'X' }), { code: 'BAD_INPUT' });
  t.end();
});

void t.test('I2 M2 a unit of ours, as all bytes and as parts: holes are zeroes there', async () => {
  const size = 10_000;
  const record = fc.record({
    gap: fc.integer({ min: 0, max: 900 }),
    length: fc.integer({ min: 1, max: 900 }),
    fill: fc.option(fc.integer({ min: 1, max: 255 }), { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 3 }),
      async (changes, sizes) => {
        const [fresh, over] = [Buffer.alloc(size), Buffer.alloc(size, 0xaa)];
        const raws: Buffer[] = [];
        let at = 0;
        for (const { gap, length, fill } of changes) {
          at += gap;
          raws.push(
            fill === undefined
              ? zeroBytes(at, length)
              : Buffer.concat([writeBytes(at, length), Buffer.alloc(length, fill)]),
          );
          for (const image of [fresh, over]) image.fill(fill ?? 0, at, at + length);
          at += length;
        }
        const unit = await joined(
          framed(
            size,
            (async function* () {
              yield* await Promise.resolve(raws);
            })(),
            () => size,
          ),
        );
        if (!(await joined(wholeOf('it', cut(unit, sizes), size))).equals(fresh)) return false;
        const there = Buffer.alloc(size, 0xaa);
        for await (const { type, body } of requestsOf('it', cut(unit, sizes), 'b'))
          for await (const { offset, bytes } of changesIn('it', boundaryOf(type) ?? '', cut(body, sizes)))
            there.set(bytes, offset);
        return there.equals(over);
      },
    ),
  );
});

async function joined(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}
