import fc from 'fast-check';
import t from 'tap';
import { counted, didYouMean, editDistance, sentenceList } from '../../../lib/text/index.js';

const word = fc.string({ maxLength: 12 });

void t.test(
  'the edit distance is zero only between equals, symmetric, and bounded by the longer word',
  (t) => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        t.equal(distance === 0, a === b);
        t.equal(distance, editDistance(b, a));
        t.ok(distance <= Math.max(a.length, b.length));
      }),
    );
    t.end();
  },
);

void t.test('one slip of the finger is one edit', (t) => {
  t.equal(editDistance('keyring', 'keyrign'), 1);
  t.equal(editDistance('keyring', 'keyrin'), 1);
  t.equal(editDistance('keyring', 'kexring'), 1);
  t.equal(editDistance('keyring', 'keeyring'), 1);
  t.equal(editDistance('kitten', 'sitting'), 3);
  t.end();
});

void t.test('the nearest known word is suggested, a far one is not', (t) => {
  const known = ['coordinators', 'name', 'keepalive', 'vm_shutdown'];
  t.equal(didYouMean('cordinators', known), 'coordinators');
  t.equal(didYouMean('keep-alive', known), 'keepalive');
  t.equal(didYouMean('VM-Shutdown', known), 'vm_shutdown');
  t.equal(didYouMean('nmae', known), 'name');
  t.equal(didYouMean('zookeeper', known), undefined);
  t.equal(didYouMean('', known), undefined);
  t.end();
});

void t.test('lists and counts as a sentence has them', (t) => {
  t.equal(sentenceList([]), 'none');
  t.equal(sentenceList(['a']), 'a');
  t.equal(sentenceList(['a', 'b'], 'or'), 'a or b');
  t.equal(sentenceList(['a', 'b', 'c']), 'a, b and c');
  t.equal(counted(1, 'problem'), '1 problem');
  t.equal(counted(2, 'problem'), '2 problems');
  t.end();
});
