import type { Test } from 'tap';
import type { Hypervisor, Migration } from '../../lib/ports/index.js';

/** What an implementation of Hypervisor brings along to be tested. All tests of a run share one. */
export interface HypervisorFixture {
  readonly hypervisor: Hypervisor;
  /** The node that guests are sent to. */
  readonly other: Hypervisor;
  /** How to send them there. */
  readonly migration: Omit<Migration, 'limitMs' | 'bandwidthMibPerSecond'>;
  /** A guest with one disk, `vda`, of {@link DISK_BYTES}, and a guest agent; its disk exists. Not started. */
  readonly guest: () => Promise<Guest>;
  /** A key that the cluster of the disks takes. */
  readonly cephKey: () => Promise<string>;
  /** Returns when its operating system answers the power button and its agent. */
  readonly booted: (guest: Guest) => Promise<void>;
  /** Kills its QEMU on the first node. */
  readonly kill: (guest: Guest) => Promise<void>;
  /** Stops its QEMU there as by SIGSTOP. */
  readonly hang: (guest: Guest) => Promise<void>;
  readonly stopLibvirt: () => Promise<void>;
  readonly startLibvirt: () => Promise<void>;
  /** Waits for `condition`; fails naming `what` after a deadline. */
  readonly eventually: (condition: () => boolean | Promise<boolean>, what: string) => Promise<void>;
}

export interface Guest {
  readonly uuid: string;
  readonly name: string;
  readonly xml: string;
}

export const DISK_BYTES = 64 * 1024 ** 2;
export const NOBODY = '99999999-9999-4999-8999-999999999999';

/** One fixture for all tests, made with the first. */
export type ContractTest = (
  title: string,
  body: (t: Test, fixture: HypervisorFixture) => Promise<void>,
) => void;

/** A guest of its own for one test, running when `body` begins, and ended with it. */
export async function withGuest(
  { hypervisor, other, guest }: HypervisorFixture,
  body: (guest: Guest) => Promise<void>,
): Promise<void> {
  const one = await guest();
  await hypervisor.create(one.xml);
  try {
    await body(one);
  } finally {
    await Promise.all([hypervisor.destroy(one.uuid), other.destroy(one.uuid)]);
  }
}
