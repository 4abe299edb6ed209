import type { Test } from 'tap';
import type { ContractTest, HypervisorFixture } from './hypervisor-fixture.js';
import { hypervisorLife } from './hypervisor-life.js';
import { hypervisorMoves } from './hypervisor-moves.js';

export type { Guest, HypervisorFixture } from './hypervisor-fixture.js';
export { DISK_BYTES } from './hypervisor-fixture.js';

/** What every Hypervisor does, the real one and the simulated one alike. */
export function hypervisorContract(t: Test, make: () => Promise<HypervisorFixture>): void {
  let fixture: HypervisorFixture | undefined;
  const test: ContractTest = (title, body) =>
    void t.test(title, async (t) => {
      fixture ??= await make();
      await body(t, fixture);
    });
  hypervisorLife(test);
  hypervisorMoves(test);
}
