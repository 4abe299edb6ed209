import fc from 'fast-check';
import t from 'tap';
import {
  aboutAge,
  aboutBits,
  aboutBytes,
  aboutCount,
  aboutMicroseconds,
  formatDuration,
  formatSize,
  parseDuration,
  parseRate,
  parseSize,
} from '../../../lib/text/index.js';

void t.test('a formatted duration reads back as the same milliseconds', (t) => {
  fc.assert(fc.property(fc.nat({ max: 1e12 }), (ms) => parseDuration(formatDuration(ms)) === ms));
  t.end();
});

void t.test('durations as people write them', (t) => {
  t.equal(parseDuration('500ms'), 500);
  t.equal(parseDuration('10s'), 10_000);
  t.equal(parseDuration('5m'), 300_000);
  t.equal(parseDuration('1h30m'), 5_400_000);
  t.equal(parseDuration('7d'), 604_800_000);
  t.equal(formatDuration(90_061_001), '1d1h1m1s1ms');
  t.end();
});

void t.test('what is no duration', (t) => {
  for (const text of [
    '',
    '10',
    '10 s',
    's',
    '-1s',
    '1s1h',
    '1.5h',
    '1S',
    '10sec',
    '1s1s',
    '9'.repeat(30) + 's',
  ]) {
    t.equal(parseDuration(text), undefined, text);
  }
  t.end();
});

void t.test('a formatted size reads back as the same bytes', (t) => {
  fc.assert(fc.property(fc.maxSafeNat(), (bytes) => parseSize(formatSize(bytes)) === bytes));
  t.end();
});

void t.test('sizes as people write them', (t) => {
  t.equal(parseSize('512MiB'), 512 * 1024 ** 2);
  t.equal(parseSize('1.5 GiB'), 1.5 * 1024 ** 3);
  t.equal(formatSize(128 * 1024 ** 2), '128MiB');
  t.equal(formatSize(1025), '1025B');
  t.equal(parseRate('100MiB/s'), 100 * 1024 ** 2);
  t.end();
});

void t.test('what is no size or rate: units that mean two things, too', (t) => {
  for (const text of ['', '512', '512M', '512MB', '512mib', '-1MiB', '0.3B', '9999PiB', 'MiB']) {
    t.equal(parseSize(text), undefined, text);
  }
  t.equal(parseRate('100MiB'), undefined);
  t.equal(parseRate('100/s'), undefined);
  t.end();
});

void t.test('about so much, for people', (t) => {
  t.same([0, 1, 1023, 1024, 13_585_043, 2 ** 50].map(aboutBytes), [
    ...['0 B', '1 B', '1023 B', '1 KiB', '13 MiB', '1 PiB'],
  ]);
  t.same([0, 999, 1_250_000_000].map(aboutBits), ['0 bit/s', '999 bit/s', '1.25 Gbit/s']);
  t.same([0.25, 99.96, 3_316.6, 12_900, 2_500_000].map(aboutCount), [
    '0.3',
    '100',
    '3317',
    '12.9 k',
    '2.5 M',
  ]);
  t.same([0.5, 19_294.6, 2_000_000].map(aboutMicroseconds), ['0.5 us', '19.3 ms', '2 s']);
  t.end();
});

void t.test('an age is told in the largest unit of which there are two', (t) => {
  t.same([0, 1, 119, 120, 3_600, 7_200, 5 * 3_600 + 1_799, 172_799, 172_800].map(aboutAge), [
    ...['0 seconds', '1 second', '119 seconds', '2 minutes', '60 minutes', '2 hours', '5 hours'],
    ...['48 hours', '2 days'],
  ]);
  t.end();
});
