import { DroverError } from '../../lib/core/index.js';
import type { SimClock } from '../../lib/sim/index.js';

/** `port` for a caller outside of virtual time: each call, but a watch, drives the clock until it settles. */
export function driven<T extends object>(clock: SimClock, port: T): T {
  return new Proxy(port, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        const result: unknown = Reflect.apply(member, target, args);
        return result instanceof Promise && key !== 'watch'
          ? clock.settle(result as Promise<unknown>)
          : result;
      };
    },
  });
}

/** Lets time pass until `condition` holds. */
export function drivenEventually(clock: SimClock) {
  return async (condition: () => boolean | Promise<boolean>, what: string): Promise<void> => {
    const limitAt = clock.monotonic() + 60_000;
    while (!(await condition())) {
      if (clock.monotonic() > limitAt)
        throw new DroverError('DEADLINE', { object: what, reason: 'not so in a virtual minute' });
      await clock.advance(20);
    }
  };
}
