import t from 'tap';
import { parseSize, roundedSize } from '../../../lib/pvc/index.js';

void t.test('sizes are rounded up to at most four digits, as PVC shows them', (t) => {
  const rows = [
    [0, '0B'],
    [9999, '9999B'],
    [10_000, '10K'],
    [2_147_483_648, '2048M'],
    [20.5 * 1024 ** 3, '21G'],
    [9999 * 1024 ** 3, '9999G'],
    [9999 * 1024 ** 3 + 1, '10T'],
  ] as const;
  for (const [bytes, text] of rows) t.equal(roundedSize(bytes), text);
  t.end();
});

void t.test('sizes are read in every form of PVC, exactly', (t) => {
  const rows = [
    ['512', 512],
    ['20G', 20 * 1024 ** 3],
    ['20g', 20 * 1024 ** 3],
    ['20GiB', 20 * 1024 ** 3],
    ['20Gi', 20 * 1024 ** 3],
    ['20GB', 20 * 1024 ** 3],
    ['1.5T', 1.5 * 1024 ** 4],
    ['64 M', 64 * 1024 ** 2],
    ['7B', 7],
  ] as const;
  for (const [text, bytes] of rows) t.equal(parseSize(text), bytes, text);
  for (const text of ['', 'G', '-1G', '0', '1.0000000001B', '0.3K', '1e9', '1X', '9999999999P', '1G2M'])
    t.throws(() => parseSize(text), { code: 'BAD_INPUT' }, text);
  t.end();
});
