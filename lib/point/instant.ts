import type { DocumentOf } from '../../schemas/index.js';
import { DroverError, isDroverError, LIMITS, messageOf } from '../core/index.js';
import type { Whereabouts } from '../domain/index.js';
import type { DomainState } from '../ports/index.js';
import type { PointDisk } from './points.js';
import type { PointWorld } from './world.js';

export type Consistency = NonNullable<DocumentOf<'point'>['consistency']>;

/** What was taken at one instant. */
export interface Taken {
  readonly at: number;
  readonly consistency: Consistency;
  readonly why: string;
  readonly pausedMs?: number;
}

/** How the guest is held while the snapshots are made. */
interface Hold {
  readonly consistency: Consistency;
  readonly why: string;
  /** When it may go on by itself, monotonic. */
  readonly until?: number;
  readonly release: () => Promise<void>;
}

/**
 * Takes a snapshot of every disk of a VM at one instant: while the guest's file systems are frozen, or else while it stands
 * still when it has several disks. It goes on by itself should this program die meanwhile.
 */
export async function takeInstant(
  world: PointWorld,
  vm: Whereabouts,
  {
    name,
    disks,
    wanted,
    foreign,
  }: {
    readonly name: string;
    readonly disks: readonly PointDisk[];
    readonly wanted: Consistency | undefined;
    /** Gets the disks that have a snapshot of this name from somebody else. */
    readonly foreign: Set<PointDisk>;
  },
  signal: AbortSignal,
): Promise<Taken> {
  const { storage, clock } = world;
  const held = await hold(world, vm, disks.length, wanted, signal);
  const began = clock.monotonic();
  const taking: Promise<void>[] = [];
  try {
    const at = clock.now();
    const limitMs =
      held.consistency === 'crash' || held.consistency === 'off' ? LIMITS.cephCallMs : LIMITS.freezeMs;
    taking.push(
      ...disks.map(async (disk) => {
        try {
          await storage.takeSnapshot({ pool: disk.pool, name: disk.volume }, name, { signal, limitMs });
        } catch (error) {
          if (isDroverError(error, 'STORAGE_EXISTS')) foreign.add(disk);
          throw error;
        }
      }),
    );
    await Promise.all(taking);
    if (held.until !== undefined && clock.monotonic() >= held.until)
      throw new DroverError('DEADLINE', {
        object: `snapshot ${name} of VM '${vm.name}'`,
        reason: `it took more than ${LIMITS.holdMs} ms, and no guest is held longer`,
        remedy: 'ask again when Ceph is less busy',
      });
    const pausedMs = Math.round(clock.monotonic() - began);
    const { consistency, why } = held;
    return { at, consistency, why, ...(consistency === 'paused' ? { pausedMs } : {}) };
  } finally {
    await held.release();
    // After a failure the guest goes on at once; but nothing comes to be behind the back of who tidies up.
    await Promise.allSettled(taking);
  }
}

async function hold(
  world: PointWorld,
  vm: Whereabouts,
  disks: number,
  wanted: Consistency | undefined,
  signal: AbortSignal,
): Promise<Hold> {
  const nothing = { release: () => Promise.resolve() };
  if (vm.holders.length === 0) return { ...nothing, consistency: 'off', why: 'it does not run' };
  const state = (await world.hypervisor.domain(vm.uuid, { signal }))?.state;
  if (vm.holders.length > 1 || state === undefined) {
    if (disks <= 1 && (wanted ?? 'crash') === 'crash')
      return { ...nothing, consistency: 'crash', why: 'it is on its way between two nodes' };
    throw new DroverError('BUSY', {
      object: `VM '${vm.name}'`,
      reason: `it is on its way between ${vm.holders.join(' and ')}, and cannot be held still there`,
      remedy: 'ask again when it has arrived',
    });
  }
  if (wanted === 'crash') return { ...nothing, consistency: 'crash', why: 'it was asked for' };
  if (state === 'running' && wanted !== 'paused') {
    const frozen = await freeze(world, vm.uuid, signal);
    if ('release' in frozen) return frozen;
    if (wanted === 'frozen')
      throw new DroverError('REFUSED', {
        object: `VM '${vm.name}'`,
        reason: `its file systems cannot be frozen: ${frozen.why}`,
        remedy: 'install and start the guest agent in it, or ask for another consistency',
      });
    if (disks <= 1) return { ...nothing, consistency: 'crash', why: `it has one disk; ${frozen.why}` };
    return await pause(world, vm.uuid, state, frozen.why, signal);
  }
  if (disks <= 1 && wanted === undefined) return { ...nothing, consistency: 'crash', why: 'it has one disk' };
  return await pause(world, vm.uuid, state, 'it has several disks', signal);
}

/** Freezes the guest's file systems, or says why that does not go: then they are not frozen. */
async function freeze(
  { hypervisor, clock }: PointWorld,
  uuid: string,
  signal: AbortSignal,
): Promise<Hold | { readonly why: string }> {
  const until = clock.monotonic() + LIMITS.holdMs;
  const deadMan = await hypervisor.deadMan(uuid, 'thaw', LIMITS.holdMs, { signal });
  const release = async () => {
    await hypervisor.thaw(uuid);
    await deadMan.release();
  };
  try {
    await hypervisor.freeze(uuid, { signal });
    return { consistency: 'frozen', why: 'its file systems were frozen by its agent', until, release };
  } catch (error) {
    // Refused at once where there is no agent. With anything else they may be frozen, and the agent may hang: while that is
    // not known to be over, the dead man stays, and tries again.
    const thawed =
      isDroverError(error, 'HYPERVISOR_REFUSED') ||
      (await hypervisor.thaw(uuid).then(
        () => true,
        () => false,
      ));
    if (thawed) await deadMan.release();
    signal.throwIfAborted();
    return { why: messageOf(error) };
  }
}

async function pause(
  { hypervisor, clock }: PointWorld,
  uuid: string,
  state: DomainState,
  why: string,
  signal: AbortSignal,
): Promise<Hold> {
  if (state !== 'running')
    return { consistency: 'paused', why: `it is ${state}`, release: () => Promise.resolve() };
  const until = clock.monotonic() + LIMITS.holdMs;
  const deadMan = await hypervisor.deadMan(uuid, 'resume', LIMITS.holdMs, { signal });
  const release = async () => {
    await hypervisor.resume(uuid);
    await deadMan.release();
  };
  try {
    await hypervisor.suspend(uuid, { signal });
  } catch (error) {
    await release();
    throw error;
  }
  return { consistency: 'paused', why, until, release };
}
