import type { Fault, FAULT_ORDERS, PrimaryNode, Status } from '../../schemas/api.js';
import { at, type CallOptions, type Requests } from './requests.js';

/** The cluster as a whole, and its faults. */
export class ClusterCalls {
  readonly #requests: Requests;

  constructor(requests: Requests) {
    this.#requests = requests;
  }

  /** What it says of itself: `PVC API version 1.0`. Needs no token. */
  async greeting(options?: CallOptions): Promise<string> {
    return (await this.#requests.get<{ readonly message: string }>('/', {}, options)).message;
  }

  status(options?: CallOptions): Promise<Status> {
    return this.#requests.get('/status', {}, options);
  }

  /** Undefined before the first one. `Refused` with 503 while a new one is being found. Needs no token. */
  async primaryNode(options?: CallOptions): Promise<string | undefined> {
    return (await this.#requests.maybe<PrimaryNode>('/status/primary_node', options))?.primary_node;
  }

  setMaintenance(state: boolean, options?: CallOptions): Promise<string> {
    return this.#requests.say('POST', '/status', { state }, options);
  }

  faults(
    sort_key: (typeof FAULT_ORDERS)[number] = 'last_reported',
    options?: CallOptions,
  ): Promise<readonly Fault[]> {
    return this.#requests.get('/faults', { sort_key }, options);
  }

  /** One fault, or all of them. */
  acknowledge(fault: string | undefined, options?: CallOptions): Promise<string> {
    return this.#requests.say('PUT', faultPath(fault), {}, options);
  }

  deleteFault(fault: string | undefined, options?: CallOptions): Promise<string> {
    return this.#requests.say('DELETE', faultPath(fault), {}, options);
  }
}

function faultPath(fault: string | undefined): string {
  return fault === undefined ? '/faults' : at`/faults/${fault}`;
}
