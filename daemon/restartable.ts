import type { Scope } from '../lib/core/index.js';

/** Begins some work in a scope of its own, below `scope`; `renew` ends it and begins it anew. */
export function restartable(scope: Scope, name: string, begin: (scope: Scope) => void): { renew(): void } {
  let present = scope.child(name);
  begin(present);
  return {
    renew: () => {
      const former = present;
      if (scope.closed) return;
      present = scope.child(name);
      const next = present;
      void former.close('renewed').finally(() => {
        if (!next.closed) begin(next);
      });
    },
  };
}
