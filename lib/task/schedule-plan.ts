import type { Schedule, TaskStatus } from '../../schemas/index.js';
import { type Kinded, LIMITS, type Plan } from '../core/index.js';
import type { DocumentInput } from '../tree/index.js';
import { isEnded } from './status.js';
import type { Timetable } from './timetable.js';
import type { Arguments } from './kinds.js';

/** What the configuration says of a schedule. */
export interface ScheduleDefinition {
  /** At most {@link SCHEDULE_NAME_LENGTH} characters: it begins the ids of its tasks. */
  readonly name: string;
  /** Minute, hour, day of the month, month, day of the week. */
  readonly cron: string;
  readonly timeZone: string;
  readonly kind: string;
  readonly args: Arguments;
  /** Whether a time that passed while no primary was there is made up for, once. */
  readonly catchUp: boolean;
}

export type ScheduleInput = DocumentInput<'schedule'>;

export interface ScheduleFacts {
  readonly definition: Pick<ScheduleDefinition, 'name' | 'cron' | 'timeZone' | 'catchUp'>;
  readonly times: Timetable;
  /** Undefined: there is none, or it cannot be read. */
  readonly record: Schedule | undefined;
  /** The status of the task that was fired last; undefined when there is no such task any more. */
  readonly former: Pick<TaskStatus, 'state' | 'error'> | undefined;
  /** Wall time. */
  readonly now: number;
}

export type ScheduleStep =
  /** Make the task of a planned time and write the record, in one transaction. */
  | (Kinded & { readonly kind: 'fire'; readonly id: string; readonly record: ScheduleInput })
  /** Write the record only: a time was let go, an outcome is known, the definition is new. */
  | (Kinded & { readonly kind: 'note'; readonly record: ScheduleInput });

/** `-20261122t0730z` comes after the name, and an id has 64 characters. */
export const SCHEDULE_NAME_LENGTH = 49;

const DAY_MS = 24 * 3_600_000;

/** The id of the task for a planned time: two primaries can only mean the same one. */
export function scheduledId(name: string, planned: number): string {
  const [date = '', time = ''] = new Date(planned).toISOString().split('T');
  return `${name}-${date.replaceAll('-', '')}t${time.slice(0, 5).replace(':', '')}z`;
}

/** Pure: what to do about one schedule. */
export function planSchedule(facts: ScheduleFacts): Plan<ScheduleStep> {
  const { definition, times, record, former, now } = facts;
  const next = nextOf(times.after(now));
  const { cron, timeZone } = definition;
  if (record?.cron !== cron || record.timeZone !== timeZone)
    return note(
      { ...without(record, 'last'), cron, timeZone, since: now, ...next },
      'it is new or was changed',
    );
  const from = Math.max(record.last ?? 0, record.since ?? 0);
  if (from > now + DAY_MS)
    return note({ ...without(record, 'last'), since: now, ...next }, 'the clock was far ahead and is back');
  const planned = times.latest(now);
  if (planned !== undefined && planned > from) return planDue(facts, record, planned, next);
  const outcome = outcomeOf(former, record.outcome);
  const expected = nextOf(times.after(Math.max(from, now)));
  if (outcome !== record.outcome || expected.next !== record.next)
    return note(
      { ...without(record, 'next'), ...(outcome === undefined ? {} : { outcome }), ...expected },
      'it has moved on',
    );
  if (expected.next === undefined) return { do: 'rest', reason: 'it is never due again' };
  const ms = Math.min(LIMITS.scheduleLookMs, expected.next - now);
  return { do: 'wait', reason: `it is due at ${new Date(expected.next).toISOString()}`, ms };
}

/** Of all times that passed since the last one only the latest counts: catching up is done once. */
function planDue(
  { definition, former, now }: ScheduleFacts,
  record: Schedule,
  planned: number,
  next: { readonly next?: number },
): Plan<ScheduleStep> {
  const passed = { ...without(record, 'next'), last: planned, ...next };
  const skip = (reason: string) => note({ ...passed, skipped: { planned, reason } }, reason);
  if (former !== undefined && !isEnded(former))
    return skip(`${record.task ?? 'the run before'} has not ended`);
  if (now - planned > LIMITS.scheduleLateMs && !definition.catchUp)
    return skip('no primary was there at that time, and it is not to be made up for');
  const id = scheduledId(definition.name, planned);
  return {
    do: 'step',
    step: { kind: 'fire', id, record: { ...passed, task: id, outcome: 'queued' } },
    reason: `${new Date(planned).toISOString()} has come`,
  };
}

/** What became of the task, in the words of its status; of one that is gone what was known before. */
function outcomeOf(former: ScheduleFacts['former'], known: string | undefined): string | undefined {
  if (former === undefined) return known === 'queued' || known === 'running' ? 'deleted' : known;
  const { state, error } = former;
  return error === undefined ? state : `${state}: ${error.message}`.slice(0, LIMITS.messageBytes);
}

function nextOf(next: number | undefined): { readonly next?: number } {
  return next === undefined ? {} : { next };
}

function without<K extends keyof Schedule>(record: Schedule | undefined, key: K): Omit<Schedule, K> {
  const { [key]: _, ...rest } = record ?? { v: 1 };
  return rest;
}

function note(record: ScheduleInput, reason: string): Plan<ScheduleStep> {
  return { do: 'step', step: { kind: 'note', record }, reason };
}
