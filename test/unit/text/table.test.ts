import t from 'tap';
import { properties, table } from '../../../lib/text/index.js';

void t.test('columns are as wide as their longest value, header included', (t) => {
  const text = table(
    ['Name', 'X'],
    [
      ['a-long-name', '1'],
      ['b', ''],
    ],
  );
  t.equal(text, 'Name         X\na-long-name  1\nb\n');
  t.equal(table(['Name', 'X'], []), 'Name  X\n');
  t.end();
});

void t.test('values stand in one column', (t) => {
  t.equal(
    properties([
      ['A', '1'],
      ['Longer', '2'],
      ['', '3'],
    ]),
    'A       1\nLonger  2\n        3\n',
  );
  t.equal(properties([]), '');
  t.end();
});
