import {
  DroverError,
  type Log,
  Loop,
  messageOf,
  reconcileOnce,
  requestId,
  type Scope,
} from '../core/index.js';
import type { Leadership } from '../ownership/index.js';
import { type Clock, conflictOf, type Store, type Watch } from '../ports/index.js';
import { documentPath, type MaybeRecorded, tryReadRecord, writeRecord } from '../tree/index.js';
import { taskPath } from './keys.js';
import { requestWrites } from './request.js';
import {
  planSchedule,
  SCHEDULE_NAME_LENGTH,
  type ScheduleDefinition,
  type ScheduleFacts,
  type ScheduleStep,
} from './schedule-plan.js';
import { type Timetable, timetable } from './timetable.js';
import { readTask, watchTask } from './view.js';

export interface SchedulerOptions {
  readonly leadership: Leadership;
  /** How long they run: a scope of the term. A changed configuration takes a new scope, hence a new call. */
  readonly scope: Scope;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** As the configuration says. */
  readonly schedules: readonly ScheduleDefinition[];
}

/**
 * Fires schedules for as long as `scope` lives. A definition that is not understood is told as an error and stops no
 * other.
 */
export function runSchedules(options: SchedulerOptions): void {
  for (const definition of options.schedules)
    try {
      new ScheduleKeeper(options, checked(definition), tableOf(definition));
    } catch (error) {
      options.log.error({ schedule: definition.name, err: error }, 'this schedule never fires');
    }
}

/** The timetable of `definition`; BAD_INPUT names the schedule. */
export function tableOf({ name, cron, timeZone }: ScheduleDefinition): Timetable {
  return timetable(cron, timeZone, `schedule ${name}`);
}

function checked(definition: ScheduleDefinition): ScheduleDefinition {
  const name = requestId(definition.name, 'schedule');
  if (name.length <= SCHEDULE_NAME_LENGTH) return definition;
  throw new DroverError('BAD_INPUT', {
    object: `schedule ${name}`,
    reason: `its name has more than ${SCHEDULE_NAME_LENGTH} characters`,
  });
}

interface Reading {
  readonly record: MaybeRecorded<'schedule'> | undefined;
  readonly facts: ScheduleFacts;
}

class ScheduleKeeper {
  readonly #options: SchedulerOptions;
  readonly #definition: ScheduleDefinition;
  readonly #times: Timetable;
  readonly #path: string;
  readonly #loop: Loop<ScheduleStep>;
  /** The task that was fired last is watched until it has ended. */
  #watched: { readonly task: string; readonly watch: Watch } | undefined;

  constructor(options: SchedulerOptions, definition: ScheduleDefinition, times: Timetable) {
    this.#options = options;
    this.#definition = definition;
    this.#times = times;
    this.#path = documentPath('schedule', { name: definition.name });
    const { scope, store, clock, log } = options;
    const { name } = definition;
    this.#loop = new Loop<ScheduleStep>(scope, {
      name: `schedule ${name}`,
      alarms: clock,
      pass: (signal) =>
        reconcileOnce<Reading, ScheduleStep>(
          {
            name: 'schedule',
            read: () => this.#read(),
            plan: ({ facts }) => planSchedule(facts),
            guard: (step, reading) => this.#guard(step, reading),
            executors: { fire: () => Promise.resolve(), note: () => Promise.resolve() },
          },
          signal,
        ),
      onPlan: (plan) => log.info({ schedule: name }, `schedule: ${plan.reason}`),
      onError: (error, retryMs) => log.warn({ schedule: name, err: error, retryMs }, 'schedule'),
    });
    const watch = store.watch(this.#path, () => this.#loop.wake());
    scope.defer(() => watch.close());
    scope.defer(() => this.#watched?.watch.close());
    void this.#loop.start();
  }

  async #read(): Promise<Reading> {
    const { store, clock, log } = this.#options;
    await store.sync();
    const record = await tryReadRecord(store, 'schedule', this.#path);
    if (record?.problem !== undefined)
      log.warn({ problem: record.problem }, 'the record of a schedule cannot be read: it is written anew');
    const { task } = record?.value ?? {};
    this.#watch(task);
    const former = task === undefined ? undefined : (await readTask(store, task))?.status;
    const { definition, times } = { definition: this.#definition, times: this.#times };
    return { record, facts: { definition, times, record: record?.value, former, now: clock.now() } };
  }

  #watch(task: string | undefined): void {
    if (task === this.#watched?.task) return;
    this.#watched?.watch.close();
    this.#watched = undefined;
    if (task === undefined || this.#options.scope.closed) return;
    let state: string | undefined;
    const watch = watchTask(this.#options.store, task, (view) => {
      if (view?.status.state === state) return;
      state = view?.status.state;
      this.#loop.wake();
    });
    this.#watched = { task, watch };
  }

  async #guard(step: ScheduleStep, { record }: Reading): Promise<void> {
    const { leadership, clock, log } = this.#options;
    const { name, kind, args } = this.#definition;
    const write = writeRecord('schedule', this.#path, step.record, record);
    if (step.kind === 'note') {
      await leadership.commit([write]);
      return;
    }
    const request = { id: step.id, kind, args, by: `schedule ${name}`, schedule: name };
    try {
      await leadership.commit([write, ...requestWrites(request, clock.now())]);
    } catch (error) {
      const conflict = conflictOf(error);
      if (conflict?.why !== 'exists' || conflict.write.path !== taskPath(step.id)) throw error;
      // The record was lost or the clock was wrong: that time has had its task.
      await leadership.commit([write]);
      log.warn(
        { schedule: name, task: step.id, reason: messageOf(error) },
        'this time has had its task already',
      );
    }
  }
}
