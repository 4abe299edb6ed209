import type { MirrorList, TaskTicket } from '../../schemas/api.js';
import { at, type CallOptions, type Requests } from './requests.js';

/** Mirrors of VMs on other clusters. All but the list ask for a task. */
export class MirrorCalls {
  readonly #requests: Requests;

  constructor(requests: Requests) {
    this.#requests = requests;
  }

  list(vm?: string, options?: CallOptions): Promise<MirrorList> {
    return this.#requests.get('/vm/mirrors', { vm }, options);
  }

  create(vm: string, how: { readonly peer?: string } = {}, options?: CallOptions): Promise<TaskTicket> {
    return this.#requests.change('POST', at`/vm/${vm}/mirror/create`, how, options);
  }

  verify(vm: string, how: { readonly peer?: string } = {}, options?: CallOptions): Promise<TaskTicket> {
    return this.#requests.change('POST', at`/vm/${vm}/mirror/verify`, how, options);
  }

  promote(
    vm: string,
    how: {
      readonly peer?: string;
      readonly remove_on_source?: boolean;
      readonly reclaim?: boolean;
      readonly destination_is_off?: boolean;
    } = {},
    options?: CallOptions,
  ): Promise<TaskTicket> {
    return this.#requests.change('POST', at`/vm/${vm}/mirror/promote`, how, options);
  }

  async demote(vm: string, options?: CallOptions): Promise<string> {
    return await this.#requests.say('POST', at`/vm/${vm}/mirror/demote`, {}, options);
  }

  send(
    vm: string,
    how: { readonly snapshot_name: string; readonly peer?: string },
    options?: CallOptions,
  ): Promise<TaskTicket> {
    return this.#requests.change('POST', at`/vm/${vm}/snapshot/send`, how, options);
  }

  automirror(
    how: {
      readonly peer?: string;
      readonly vms?: readonly string[];
      readonly email_recipients?: readonly string[];
      readonly email_errors_only?: boolean;
    } = {},
    options?: CallOptions,
  ): Promise<TaskTicket> {
    return this.#requests.change('POST', '/vm/automirror', how, options);
  }
}
