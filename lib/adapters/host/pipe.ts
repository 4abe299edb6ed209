import { LIMITS } from '../../core/index.js';
import type { Alarm, Clock, Command, PipeOptions } from '../../ports/index.js';
import { blame, type StageEnd } from './blame.js';
import { Child, type Origin } from './child.js';
import { cancelled, failed, late } from './complaints.js';
import { Tail } from './sinks.js';
import { supervise } from './supervise.js';

interface Stage {
  readonly command: Command;
  readonly child: Child;
  readonly stderr: Tail;
}

/** A command and where it starts from. */
export interface Located {
  readonly command: Command;
  readonly origin: Origin;
}

/** `Processes.pipe` after its checks. */
export async function runPipe(
  located: readonly Located[],
  options: PipeOptions,
  clock: Clock,
): Promise<void> {
  const { limitMs, signal, abort = 'all' } = options;
  const name = located.map(({ command }) => command.program).join(' | ');
  const stages = await startAll(located, clock);
  const ends = await supervise(followAll(stages), {
    clock,
    limitMs,
    signal,
    late: () => late(name, limitMs, allExited(stages)),
    cancelled: (by) => cancelled(name, by),
    stop: () => (abort === 'source' ? stopSource(stages, clock) : stopAll(stages)),
  });
  const at = blame(ends);
  const end = at === undefined ? undefined : ends[at];
  if (at === undefined || end === undefined) return;
  throw failed(`${end.program} (stage ${at + 1} of ${ends.length})`, end);
}

/**
 * Starts every stage within one turn of the event loop: until a stage's output is handed to the next one, Node would
 * read from it when it gets the chance, and those bytes would be missing.
 */
async function startAll(located: readonly Located[], clock: Clock): Promise<Stage[]> {
  const stages: Stage[] = [];
  try {
    for (const [at, { command, origin }] of located.entries()) {
      const stderr = new Tail(LIMITS.messageBytes);
      const stdout = at === located.length - 1 ? 'ignore' : 'next';
      const stdin = stages.at(-1)?.child;
      const child = new Child(command, origin, { stdin, stdout, stderr }, clock);
      stages.push({ command, child, stderr });
      if (!child.started) await child.ended;
    }
  } catch (error) {
    await stopAll(stages);
    throw error;
  }
  return stages;
}

/** How each stage ended. When one fails, those before it are ended: nobody reads what they have to say. */
function followAll(stages: readonly Stage[]): Promise<StageEnd[]> {
  return Promise.all(
    stages.map(async ({ command, child, stderr }, at) => {
      const { code, signal } = await child.ended;
      const ok = code !== undefined && (command.okCodes ?? [0]).includes(code);
      if (!ok) await stopAll(stages.slice(0, at));
      const { program } = command;
      return { program, code, signal, ok, stopped: child.stopped, stderr: stderr.bytes() };
    }),
  );
}

/** Ends the first stage; the others see the end of their input and end by themselves, or at `LIMITS.pipeDrainMs`. */
async function stopSource(stages: readonly Stage[], clock: Clock): Promise<void> {
  await stopAll(stages.slice(0, 1));
  let alarm: Alarm | undefined;
  const impatient = new Promise<void>((resolve) => {
    alarm = clock.after(LIMITS.pipeDrainMs, resolve);
  });
  await Promise.race([impatient, Promise.allSettled(stages.map(({ child }) => child.ended))]);
  alarm?.cancel();
  await stopAll(stages);
}

function allExited(stages: readonly Stage[]): boolean {
  return stages.every(({ child }) => child.exited);
}

async function stopAll(stages: readonly Stage[]): Promise<void> {
  await Promise.all(stages.map(({ child }) => child.stop()));
}
