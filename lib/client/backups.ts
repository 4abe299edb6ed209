import type { BackupList, TaskTicket } from '../../schemas/api.js';
import { LIMITS } from '../core/index.js';
import { at, type CallOptions, type Requests } from './requests.js';

/** Which backup; by default the newest. */
export interface BackupChoice {
  readonly target: string;
  readonly backup?: string;
}

/** Backups of VMs. All but the list ask for a task. */
export class BackupCalls {
  readonly #requests: Requests;

  constructor(requests: Requests) {
    this.#requests = requests;
  }

  list(
    filter: { readonly target?: string; readonly vm?: string } = {},
    options?: CallOptions,
  ): Promise<BackupList> {
    return this.#requests.get('/vm/backups', filter, { limitMs: LIMITS.clientWaitMs, ...options });
  }

  run(
    how: {
      readonly force_full?: boolean;
      readonly email_recipients?: readonly string[];
      readonly target?: string;
      readonly vms?: readonly string[];
    } = {},
    options?: CallOptions,
  ): Promise<TaskTicket> {
    return this.#requests.change('POST', '/vm/autobackup', how, options);
  }

  verify(vm: string, which: BackupChoice, options?: CallOptions): Promise<TaskTicket> {
    return this.#requests.change('POST', at`/vm/${vm}/backups/verify`, { ...which }, options);
  }

  restore(
    vm: string,
    which: BackupChoice & {
      readonly as?: string;
      readonly pool?: string;
      readonly node?: string;
      readonly start?: boolean;
      readonly force?: boolean;
    },
    options?: CallOptions,
  ): Promise<TaskTicket> {
    return this.#requests.change('POST', at`/vm/${vm}/backups/restore`, { ...which }, options);
  }

  remove(
    vm: string,
    which: { readonly target: string; readonly backup: string; readonly force?: boolean },
    options?: CallOptions,
  ): Promise<TaskTicket> {
    return this.#requests.change('DELETE', at`/vm/${vm}/backups`, { ...which }, options);
  }

  export(
    vm: string,
    how: {
      readonly snapshot_name: string;
      readonly export_path: string;
      readonly incremental_parent?: string;
    },
    options?: CallOptions,
  ): Promise<TaskTicket> {
    return this.#requests.change('POST', at`/vm/${vm}/snapshot/export`, how, options);
  }

  import(
    vm: string,
    how: { readonly snapshot_name: string; readonly import_path: string; readonly start?: boolean },
    options?: CallOptions,
  ): Promise<TaskTicket> {
    return this.#requests.change('POST', at`/vm/${vm}/snapshot/import`, how, options);
  }
}
