import * as fc from 'fast-check';
import t from 'tap';
import { lastWords } from '../../../../lib/adapters/host/words.js';
import { LIMITS } from '../../../../lib/core/index.js';

const wordsOf = (text: string) => lastWords(Buffer.from(text));

void t.test('the last lines that say something', (t) => {
  t.equal(wordsOf(''), '');
  t.equal(wordsOf('\n \n\t\n'), '');
  t.equal(wordsOf('one\n'), 'one');
  t.equal(wordsOf('one\ntwo\n\nthree\n\n  four  \n\n'), 'two; three; four');
  t.equal(wordsOf('a\tb   c\r\n'), 'a b c', 'white space is one space');
  t.equal(wordsOf('Importing: 5%\rImporting: 80%\rImporting: failed\n'), 'Importing: failed');
  t.equal(wordsOf('\u001b[1;31merror:\u001b[0m no pool\u0007\n'), 'error: no pool');
  t.end();
});

void t.test('binary is no message', (t) => {
  t.equal(lastWords(Buffer.from([0x00, 0x41, 0xff])), '');
  t.equal(lastWords(Buffer.from('caf\xe9 closed\n', 'latin1')), 'caf closed', 'one wrong byte is not binary');
  t.end();
});

void t.test('whatever is printed, it is one bounded line of printable text', (t) => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 3 * LIMITS.messageBytes }),
    fc.string({ unit: 'binary', maxLength: 5000 }).map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(bytes, (stderr) => {
      const words = lastWords(stderr);
      return Buffer.byteLength(words) <= LIMITS.messageBytes && !/[\p{C}\uFFFD\n]/u.test(words);
    }),
    { numRuns: 40 },
  );
  const full = wordsOf('ü\n'.repeat(10) + 'é'.repeat(3000));
  t.ok(Buffer.byteLength(full) <= LIMITS.messageBytes);
  t.match(full, /^é+$/, 'cut at a whole character');
  t.end();
});
