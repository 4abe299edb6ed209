import fc from 'fast-check';
import t from 'tap';
import { Frames } from '../../../../lib/adapters/zookeeper/frames.js';
import { LIMITS } from '../../../../lib/core/index.js';

function frame(body: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length);
  return Buffer.concat([length, body]);
}

void t.test('whatever the chunks, the frames are the same', (t) => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
  const cuts = fc.array(fc.nat(400), { maxLength: 12 });
  fc.assert(
    fc.property(bodies, cuts, (all, at) => {
      const whole = all.map(frame);
      const bytes = Buffer.concat(whole);
      const edges = [0, ...at.filter((edge) => edge < bytes.length).sort((a, b) => a - b), bytes.length];
      const frames = new Frames();
      const got = edges.slice(1).flatMap((edge, index) => frames.push(bytes.subarray(edges[index], edge)));
      return got.length === whole.length && got.every((one, index) => one.equals(whole[index]!));
    }),
  );
  t.pass();
  t.end();
});

void t.test('a length that cannot be is refused', (t) => {
  for (const length of [-1, LIMITS.storeFrameBytes + 1, 0x48545450]) {
    const head = Buffer.alloc(4);
    head.writeInt32BE(length);
    t.throws(() => new Frames().push(head), { code: 'STORE_PROTOCOL' }, String(length));
  }
  t.end();
});
