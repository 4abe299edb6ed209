import type { Static } from 'typebox';
import type { SnapshotCreateArgs, TaskTicket } from '../../schemas/api.js';
import { at, type CallOptions, type Requests } from './requests.js';

/** Snapshots of VMs, which `vms.get` lists. Each call asks for a task. */
export class SnapshotCalls {
  readonly #requests: Requests;

  constructor(requests: Requests) {
    this.#requests = requests;
  }

  /** Without a name it is called after the time. */
  create(
    vm: string,
    how: Static<typeof SnapshotCreateArgs> = {},
    options?: CallOptions,
  ): Promise<TaskTicket> {
    return this.#requests.change('POST', at`/vm/${vm}/snapshot`, how, options);
  }

  remove(vm: string, snapshot: string, force = false, options?: CallOptions): Promise<TaskTicket> {
    const which = { snapshot_name: snapshot, force };
    return this.#requests.change('DELETE', at`/vm/${vm}/snapshot`, which, options);
  }

  /** Of a VM that is stopped. */
  rollBack(vm: string, snapshot: string, force = false, options?: CallOptions): Promise<TaskTicket> {
    const which = { snapshot_name: snapshot, force };
    return this.#requests.change('POST', at`/vm/${vm}/snapshot/rollback`, which, options);
  }
}
