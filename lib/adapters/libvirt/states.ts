import type { DomainState } from '../../ports/index.js';

interface Row {
  readonly state: DomainState;
  /** By number; the words are those of `virsh domstate --reason`. */
  readonly reasons: readonly string[];
}

const STILL = ['unknown', 'user', 'migrating', 'saving', 'dumping', 'I/O error', 'watchdog', 'from snapshot'];
const MOVED = ['unknown', 'booted', 'migrated', 'restored', 'from snapshot', 'unpaused'];

/** virDomainState and its reasons, by number: libvirt promises that none ever changes. */
const STATES: readonly Row[] = [
  { state: 'unknown', reasons: ['unknown'] },
  {
    state: 'running',
    reasons: [
      ...MOVED,
      'migration canceled',
      'save canceled',
      'event wakeup',
      'crashed',
      'post-copy',
      'post-copy failed',
    ],
  },
  // Blocked on a resource: Xen's, and it runs.
  { state: 'running', reasons: ['unknown'] },
  {
    state: 'paused',
    reasons: [
      ...STILL,
      'shutting down',
      'creating snapshot',
      'crashed',
      'starting up',
      'post-copy',
      'post-copy failed',
      'api error',
    ],
  },
  { state: 'shutting-down', reasons: ['unknown', 'user'] },
  {
    state: 'off',
    reasons: [
      'unknown',
      'shutdown',
      'destroyed',
      'crashed',
      'migrated',
      'saved',
      'failed',
      'from snapshot',
      'daemon',
    ],
  },
  { state: 'crashed', reasons: ['unknown', 'panicked'] },
  { state: 'suspended', reasons: ['unknown'] },
];

/** `state.state` and `state.reason` of `domstats`. One that is not in the table is `unknown`, with its number. */
export function stateOf(state: number, reason: number): { state: DomainState; reason: string } {
  const row = STATES[state];
  return { state: row?.state ?? 'unknown', reason: row?.reasons[reason] ?? `${state}.${reason}` };
}
