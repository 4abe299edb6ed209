import type { Domain, Hypervisor } from '../ports/index.js';

/** What libvirt and the kernel show of one VM on this node. */
export interface Sight {
  /** Undefined also for a definition without a process, which somebody else has made. */
  readonly domain: Domain | undefined;
  /** Whether a process on this node carries the VM's UUID, whatever libvirt lists. */
  readonly process: boolean;
}

/** Asks both, at the same time. Fails when either gives no answer: then nothing is known. */
export async function look(hypervisor: Hypervisor, uuid: string, signal: AbortSignal): Promise<Sight> {
  const [domain, processes] = await Promise.all([
    hypervisor.domain(uuid, { signal }),
    hypervisor.processes({ signal }),
  ]);
  return {
    domain: domain === undefined || domain.state === 'off' ? undefined : domain,
    process: processes.some((process) => process.uuid === uuid),
  };
}

export function isHere({ domain, process }: Sight): boolean {
  return domain !== undefined || process;
}

/**
 * The last sight of a VM, for as long as nothing is known to have happened since. libvirt's events come late, and of a
 * process that libvirt does not know there are none: what is kept here may be wrong. So only a step may be planned from it
 * that looks again between its guard and its call.
 */
export class KeptSight {
  #sight: Sight | undefined;
  #time = 0;

  get value(): Sight | undefined {
    return this.#sight;
  }

  /** Something has happened, or is about to. A sight that is being taken now is not kept either. */
  forget(): void {
    this.#sight = undefined;
    this.#time += 1;
  }

  /** Takes a new sight, and keeps it unless something happens meanwhile. */
  async renew(take: () => Promise<Sight>): Promise<Sight> {
    this.forget();
    const begun = this.#time;
    const sight = await take();
    if (begun === this.#time) this.#sight = sight;
    return sight;
  }
}
