import type { DomainEvent } from '../../ports/index.js';

const EVENT = /^[\d-]+ [\d:.+]+: event '([a-z-]+)' for domain '(.*?)'(?:: ?(.*))?$/;

/**
 * One line of `virsh event --timestamp`: `2026-11-22 10:49:41.364+0000: event 'lifecycle' for domain 'vm1': Suspended
 * Paused`. Undefined for the further lines of an event, and whatever else is said.
 */
export function readEvent(line: string): DomainEvent | undefined {
  const [, event, name, text = ''] = EVENT.exec(line) ?? [];
  if (event === undefined || name === undefined) return undefined;
  switch (event) {
    case 'lifecycle':
      return { kind: 'lifecycle', name, text };
    case 'agent-lifecycle':
      return { kind: 'agent', name, connected: text.startsWith("state: 'connected'") };
    case 'io-error':
    case 'io-error-reason':
      return { kind: 'io-error', name, text };
    default:
      return { kind: 'other', name, event };
  }
}
