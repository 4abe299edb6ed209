import t from 'tap';
import fc from 'fast-check';
import { nextRuns, tableOf, type Timetable } from '../../../lib/task/index.js';
import { timetable } from '../../../lib/task/timetable.js';

const at = (text: string) => Date.parse(text);
const texts = (times: readonly number[]) => times.map((time) => new Date(time).toISOString().slice(0, 16));

function next(cron: string, zone: string, from: string, count: number): readonly string[] {
  return texts(nextRuns(timetable(cron, zone, 'schedule x'), at(from), count));
}

void t.test('a fixed time that summer time leaves out falls on the first minute after the gap', (t) => {
  t.same(next('30 2 * * *', 'Europe/Berlin', '2026-03-28T00:00:00Z', 3), [
    '2026-03-28T01:30',
    '2026-03-29T01:00',
    '2026-03-30T00:30',
  ]);
  t.end();
});

void t.test('a fixed time that comes twice counts once', (t) => {
  t.same(next('30 2 * * *', 'Europe/Berlin', '2026-10-24T00:00:00Z', 3), [
    '2026-10-24T00:30',
    '2026-10-25T00:30',
    '2026-10-26T01:30',
  ]);
  t.end();
});

void t.test('what recurs within the hour goes by real time over both changes', (t) => {
  for (const from of ['2026-03-28T23:59:00Z', '2026-10-24T23:59:00Z']) {
    const runs = nextRuns(timetable('*/30 * * * *', 'Europe/Berlin', 'schedule x'), at(from), 8);
    t.same(
      runs.slice(1).map((run, index) => run - (runs[index] ?? 0)),
      Array.from({ length: 7 }, () => 1_800_000),
      from,
    );
  }
  t.end();
});

void t.test('the latest time and the times after it are one timetable', (t) => {
  const tables: Timetable[] = ['*/5 * * * *', '30 2 * * *', '0 3 * * 1', '15 4 1 * *'].flatMap((cron) =>
    ['UTC', 'Europe/Berlin', 'America/New_York'].map((zone) => timetable(cron, zone, 'schedule x')),
  );
  const moment = fc.integer({ min: at('2026-01-01'), max: at('2028-01-01') });
  fc.assert(
    fc.property(fc.constantFrom(...tables), moment, (times, now) => {
      const latest = times.latest(now) ?? NaN;
      const after = times.after(now) ?? NaN;
      return latest <= now && now < after && times.after(latest) === after && times.latest(after) === after;
    }),
    { numRuns: 300 },
  );
  t.end();
});

void t.test('what is not understood names the schedule', (t) => {
  const definition = {
    name: 'nightly',
    cron: '0 3 * * *',
    timeZone: 'UTC',
    kind: 'x',
    args: {},
    catchUp: false,
  };
  t.ok(tableOf(definition).after(0));
  for (const wrong of [{ cron: '61 * * * *' }, { cron: '0 0 3 * * *' }, { timeZone: 'Mars/Olympus' }])
    t.throws(() => tableOf({ ...definition, ...wrong }), { code: 'BAD_INPUT', object: 'schedule nightly' });
  t.equal(timetable('0 0 30 2 *', 'UTC', 'x').after(0), undefined, 'the 30th of February never comes');
  t.end();
});
