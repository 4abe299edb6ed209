import { Readable } from 'node:stream';
import * as fc from 'fast-check';
import t from 'tap';
import { drain, Lines, Tail, Whole } from '../../../../lib/adapters/host/sinks.js';

const excess = () => new Error('too much');
const chunks = fc.array(fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)));

void t.test('the whole is the whole, up to its bound', (t) => {
  fc.assert(
    fc.property(chunks, fc.nat(100), (parts, limit) => {
      const all = Buffer.concat(parts);
      const whole = new Whole(limit, excess);
      const take = () => parts.forEach((part) => whole.push(part));
      if (all.length > limit) t.throws(take, { message: 'too much' });
      else {
        take();
        if (!whole.bytes().equals(all)) throw new Error('bytes differ');
      }
    }),
  );
  t.end();
});

void t.test('the tail is the last bytes', (t) => {
  fc.assert(
    fc.property(chunks, fc.integer({ min: 1, max: 30 }), (parts, limit) => {
      const tail = new Tail(limit);
      parts.forEach((part) => tail.push(part));
      return tail.bytes().equals(Buffer.concat(parts).subarray(-limit));
    }),
  );
  t.pass('for any pieces and any bound');
  t.end();
});

void t.test('lines do not depend on how they are cut into pieces', (t) => {
  const text = fc.array(fc.constantFrom('a', 'é', '\n', '𝄞', '\r')).map((letters) => letters.join(''));
  fc.assert(
    fc.property(text, fc.array(fc.integer({ min: 1, max: 4 })), (all, cuts) => {
      const bytes = Buffer.from(all);
      const lines: string[] = [];
      const sink = new Lines(1000, (line) => void lines.push(line), excess);
      let from = 0;
      for (const cut of [...cuts, bytes.length]) {
        sink.push(bytes.subarray(from, from + cut));
        from += cut;
      }
      sink.end();
      const expected = all.split('\n');
      if (expected.at(-1) === '') expected.pop();
      t.same(lines, expected);
    }),
  );
  t.end();
});

void t.test('a line may be as long as its bound, with its newline beyond it', (t) => {
  const lines: string[] = [];
  const sink = new Lines(3, (line) => void lines.push(line), excess);
  sink.push(Buffer.from('abc\nde'));
  sink.push(Buffer.from('f\n'));
  t.same(lines, ['abc', 'def']);
  sink.push(Buffer.from('abc'));
  t.throws(() => sink.push(Buffer.from('d')), { message: 'too much' });
  t.end();
});

void t.test('a sink that throws ends the stream, and its error is told with the program', async (t) => {
  const boom = new Error('boom');
  const stream = Readable.from([Buffer.from('a'), Buffer.from('b')]);
  let pushes = 0;
  const sink = {
    push: () => {
      pushes += 1;
      throw boom;
    },
  };
  await t.rejects(drain('tool', stream, sink), { code: 'INTERNAL', object: 'tool', cause: boom });
  t.ok(stream.destroyed);
  t.equal(pushes, 1);
});

void t.test('a stream that is destroyed is drained, one that fails is not', async (t) => {
  const silent = new Readable({ read: () => undefined });
  const drained = drain('tool', silent, new Tail(10));
  silent.destroy();
  await t.resolves(drained);
  const failing = new Readable({ read: () => undefined });
  const failed = drain('tool', failing, new Tail(10));
  failing.destroy(new Error('read failed'));
  await t.rejects(failed, { code: 'INTERNAL', cause: { message: 'read failed' } });
});
