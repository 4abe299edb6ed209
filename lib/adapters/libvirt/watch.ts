import { isDroverError } from '../../core/index.js';
import type { Clock, DomainEvent } from '../../ports/index.js';
import { readEvent } from './events.js';
import type { Virsh } from './virsh.js';

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

/**
 * `hostname` makes the connection and prints the first line, then the events are registered, which nothing tells. Whoever
 * reads on that line makes a connection of its own first, and so sees what came before the registration.
 */
const COMMANDS = 'hostname; event --all --loop --timestamp';

/**
 * Hands on events until `signal` aborts, by one `virsh` after the other: it ends with its connection, when libvirtd ends,
 * or is silent for 30 s.
 */
export async function watchEvents(
  virsh: Virsh,
  clock: Clock,
  listener: (event: DomainEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    const listen = { connected: false };
    const onLine = (line: string) => {
      const event: DomainEvent | undefined = listen.connected ? readEvent(line) : { kind: 'gap' };
      listen.connected = true;
      if (event !== undefined) listener(event);
    };
    try {
      await virsh.processes.lines(virsh.command([COMMANDS], { limitMs: Infinity }), onLine, signal);
    } catch (error) {
      if (isDroverError(error, 'CANCELLED')) return;
      if (!isDroverError(error, 'COMMAND_FAILED', 'OUTPUT_TOO_LARGE')) throw error;
    }
    if (listen.connected) failures = 0;
    await pause(clock, Math.min(FIRST_RETRY_MS * 2 ** failures, LAST_RETRY_MS), signal);
    failures += 1;
  }
}

async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
