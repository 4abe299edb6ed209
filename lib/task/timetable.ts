import { Cron } from 'croner';
import { DroverError, messageOf } from '../core/index.js';

const SECOND_MS = 1_000;

/** When a schedule is due. Times are wall time in milliseconds, on whole minutes. */
export interface Timetable {
  /** The first planned time after `time`; undefined when there is none any more. */
  after(time: number): number | undefined;
  /** The last planned time at or before `time`; undefined when there never was one. */
  latest(time: number): number | undefined;
}

/**
 * The timetable of a cron expression of five fields in a time zone of the IANA data base. A fixed time that a change to
 * summer time leaves out falls on the first minute after the gap, one that comes twice counts once; what recurs within
 * the hour goes by real time. BAD_INPUT names `what` when expression or zone are not understood.
 */
export function timetable(cron: string, timeZone: string, what: string): Timetable {
  const job = parsed(cron, timeZone, what);
  return {
    after: (time) => job.nextRun(new Date(time))?.getTime(),
    // Runs before a moment of whole seconds are those at or before the second that it follows.
    latest: (time) => {
      const until = (Math.floor(time / SECOND_MS) + 1) * SECOND_MS;
      return job.previousRuns(1, new Date(until))[0]?.getTime();
    },
  };
}

function parsed(cron: string, timezone: string, what: string): Cron {
  try {
    const job = new Cron(cron, { timezone, mode: '5-part', paused: true });
    // The zone is looked at no sooner than it is used.
    job.nextRun(new Date(0));
    return job;
  } catch (error) {
    throw new DroverError('BAD_INPUT', { object: what, reason: messageOf(error) }, error);
  }
}

/** The next `count` planned times after `from`, for a preview. */
export function nextRuns(times: Timetable, from: number, count: number): readonly number[] {
  const runs: number[] = [];
  for (let next = times.after(from); next !== undefined && runs.length < count; next = times.after(next))
    runs.push(next);
  return runs;
}
