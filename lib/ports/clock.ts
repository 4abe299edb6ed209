/** Time. Wall time is for people and records; every decision uses the monotonic clock. */
export interface Clock {
  /** Wall time in milliseconds since 1970 UTC. May jump. */
  now(): number;
  /** Milliseconds since some fixed moment of this machine. Never jumps, goes on while the process is stopped. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `action` once after `ms`. A negative or zero time means as soon as possible, never at once. */
  after(ms: number, action: () => void): Alarm;
}

export interface Alarm {
  cancel(): void;
}
