import t from 'tap';
import fc from 'fast-check';
import { isEnded } from '../../../lib/task/index.js';
import { planSchedule, scheduledId, type ScheduleFacts } from '../../../lib/task/schedule-plan.js';
import { timetable } from '../../../lib/task/timetable.js';
import type { Schedule } from '../../../schemas/index.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const at = (text: string) => Date.parse(`${text}Z`);

const definition = { name: 'nightly', cron: '0 3 * * *', timeZone: 'UTC', catchUp: false };
const times = timetable(definition.cron, definition.timeZone, 'schedule nightly');
const record: Schedule = {
  v: 1,
  cron: definition.cron,
  timeZone: definition.timeZone,
  since: at('2026-01-01T12:00'),
  last: at('2026-02-01T03:00'),
  next: at('2026-02-02T03:00'),
  task: 'nightly-20260201t0300z',
  outcome: 'done',
};

function plan(now: string, facts: Partial<ScheduleFacts> = {}) {
  return planSchedule({ definition, times, record, former: { state: 'done' }, now: at(now), ...facts });
}

void t.test('a schedule seen for the first time begins now, and makes up for nothing', (t) => {
  t.same(plan('2026-02-01T12:00', { record: undefined, definition: { ...definition, catchUp: true } }), {
    do: 'step',
    reason: 'it is new or was changed',
    step: {
      kind: 'note',
      record: {
        v: 1,
        cron: definition.cron,
        timeZone: 'UTC',
        since: at('2026-02-01T12:00'),
        next: at('2026-02-02T03:00'),
      },
    },
  });
  t.end();
});

void t.test('between two times it waits, and looks at the clock now and then', (t) => {
  t.match(plan('2026-02-01T12:00'), { do: 'wait', ms: 60_000, reason: /2026-02-02T03:00/ });
  t.match(plan('2026-02-02T02:59:30'), { do: 'wait', ms: 30_000 });
  t.end();
});

void t.test('when its time has come it fires that time, under an id that says so', (t) => {
  t.match(plan('2026-02-02T03:00:00.010'), {
    step: {
      kind: 'fire',
      id: 'nightly-20260202t0300z',
      record: {
        last: at('2026-02-02T03:00'),
        next: at('2026-02-03T03:00'),
        task: 'nightly-20260202t0300z',
        outcome: 'queued',
        since: record.since,
      },
    },
  });
  t.match(plan('2026-02-02T03:04'), { step: { kind: 'fire' } }, 'a change of the primary takes its time');
  t.end();
});

void t.test('after down time it catches up once, or not at all', (t) => {
  const late = '2026-02-05T09:00';
  const once = plan(late, { definition: { ...definition, catchUp: true } });
  t.match(once, {
    step: { kind: 'fire', id: 'nightly-20260205t0300z', record: { last: at('2026-02-05T03:00') } },
  });
  t.match(plan(late), {
    step: {
      kind: 'note',
      record: {
        last: at('2026-02-05T03:00'),
        next: at('2026-02-06T03:00'),
        outcome: 'done',
        skipped: { planned: at('2026-02-05T03:00'), reason: /not to be made up for/ },
      },
    },
  });
  t.end();
});

void t.test('M42: it does not overlap: a time is let go while the run before has not ended', (t) => {
  for (const state of ['queued', 'running'] as const)
    t.match(plan('2026-02-02T03:00', { former: { state }, record: { ...record, outcome: state } }), {
      step: {
        kind: 'note',
        record: { task: record.task, skipped: { reason: 'nightly-20260201t0300z has not ended' } },
      },
    });
  t.match(plan('2026-02-02T03:00', { former: undefined }), { step: { kind: 'fire' } }, 'deleted is ended');
  t.end();
});

void t.test('the outcome of the run is noted when it is known, and kept when the task is deleted', (t) => {
  const waiting = { ...record, outcome: 'running' };
  const error = { code: 'HELD', message: 'VM vm1: held by another: hv2 (wait)' };
  t.match(plan('2026-02-01T12:00', { record: waiting, former: { state: 'failed', error } }), {
    step: { kind: 'note', record: { ...record, outcome: `failed: ${error.message}` } },
  });
  t.match(plan('2026-02-01T12:00', { former: undefined }), { do: 'wait' });
  t.match(plan('2026-02-01T12:00', { record: waiting, former: undefined }), {
    step: { record: { outcome: 'deleted' } },
  });
  t.end();
});

void t.test('a changed definition begins anew', (t) => {
  const changed = { ...definition, cron: '0 9 * * *', catchUp: true };
  const facts = { definition: changed, times: timetable(changed.cron, 'UTC', 'x') };
  t.match(plan('2026-02-01T12:00', facts), {
    step: {
      kind: 'note',
      record: { cron: '0 9 * * *', next: at('2026-02-02T09:00'), since: at('2026-02-01T12:00') },
    },
  });
  t.end();
});

void t.test(
  'a clock that jumps back fires nothing twice; one that was far ahead does not stop a schedule',
  (t) => {
    t.match(plan('2026-02-01T02:30'), { do: 'wait' });
    t.match(plan('2026-02-01T03:00'), { do: 'wait' }, 'that time has had its task');
    const ahead = { ...record, last: at('2031-02-01T03:00'), next: at('2031-02-02T03:00') };
    const reset = plan('2026-02-01T12:00', { record: ahead });
    t.match(reset, {
      step: { kind: 'note', record: { since: at('2026-02-01T12:00'), next: at('2026-02-02T03:00') } },
    });
    t.end();
  },
);

void t.test(
  'whatever the clock does, no planned time fires twice within a day, and a schedule never stops',
  (t) => {
    const jump = fc.oneof(fc.constant(0), fc.integer({ min: -20 * HOUR_MS, max: 20 * HOUR_MS }));
    const step = fc.record({ waitMs: fc.nat(90 * MINUTE_MS), jump, ends: fc.boolean() });
    const hourly = timetable('0 * * * *', 'UTC', 'x');
    const facts = { name: 'h', cron: '0 * * * *', timeZone: 'UTC' };
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.boolean(), fc.boolean(), (steps, catchUp, far) => {
        let now = at('2026-02-01T12:30');
        let highest = now;
        let state: Schedule | undefined;
        let former: { state: 'running' | 'done' } | undefined;
        const fired: string[] = [];
        const settle = () => {
          for (let count = 0; ; count += 1) {
            const plan = planSchedule({
              definition: { ...facts, catchUp },
              times: hourly,
              record: state,
              former,
              now,
            });
            if (plan.do !== 'step') return count;
            if (count > 5) return Infinity;
            state = { v: 1, ...plan.step.record };
            if (plan.step.kind !== 'fire') continue;
            if (former !== undefined && !isEnded(former)) return Infinity;
            former = { state: 'running' };
            fired.push(plan.step.id);
          }
        };
        for (const { waitMs, jump, ends } of steps) {
          now += waitMs;
          // A clock that is more than a day behind what it was begins the schedule anew.
          if (far || now + jump > highest - DAY_MS) now += jump;
          highest = Math.max(highest, now);
          if (ends && former !== undefined) former = { state: 'done' };
          if (settle() === Infinity) return false;
        }
        if (former !== undefined) former = { state: 'done' };
        settle();
        const before = fired.length;
        now = Math.max(now, state?.last ?? 0, state?.since ?? 0) + 61 * MINUTE_MS;
        settle();
        const once = new Set(fired).size === fired.length;
        return (far || once) && (fired.length > before || !catchUp);
      }),
      { numRuns: 300 },
    );
    t.end();
  },
);

void t.test('ids of planned times can be ids of tasks', (t) => {
  t.equal(scheduledId('nightly', at('2026-11-22T07:30')), 'nightly-20261122t0730z');
  t.equal(scheduledId('n'.repeat(49), at('2026-11-22T07:30')).length, 64);
  t.end();
});
