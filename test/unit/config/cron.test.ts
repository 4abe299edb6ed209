import t from 'tap';
import { cronFault } from '../../../lib/config/cron.js';

void t.test('five fields of numbers, ranges, steps, lists and names', (t) => {
  for (const text of [
    '* * * * *',
    '0 0 1 1 0',
    '*/15 0-6,22-23 * jan-mar mon-fri',
    '59 23 31 12 7',
    '1-10/3 4 5 DEC SUN',
  ]) {
    t.equal(cronFault(text), undefined, text);
  }
  t.end();
});

void t.test('what is none', (t) => {
  for (const text of [
    '',
    '* * * *',
    '* * * * * *',
    '60 * * * *',
    '* 24 * * *',
    '* * 0 * *',
    '* * * 13 *',
    '* * * * 8',
    '5-1 * * * *',
    '*/0 * * * *',
    'a * * * *',
    'mon * * * *',
    '1,,2 * * * *',
    '@daily',
    '-1 * * * *',
  ]) {
    t.type(cronFault(text), 'string', text);
  }
  t.end();
});
