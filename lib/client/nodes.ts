import type { Static } from 'typebox';
import type { Lines, Node, NodeListArgs } from '../../schemas/api.js';
import { at, type CallOptions, type Requests } from './requests.js';

/** Everything about nodes. */
export class NodeCalls {
  readonly #requests: Requests;

  constructor(requests: Requests) {
    this.#requests = requests;
  }

  list(filter: Static<typeof NodeListArgs> = {}, options?: CallOptions): Promise<readonly Node[]> {
    return this.#requests.list('/node', filter, options);
  }

  async get(node: string, options?: CallOptions): Promise<Node | undefined> {
    return (await this.#requests.list<Node>(at`/node/${node}`, {}, options))[0];
  }

  log(node: string, lines: number, options?: CallOptions): Promise<Lines> {
    return this.#requests.get(at`/node/${node}/log`, { lines }, options);
  }

  setCoordinatorState(node: string, state: 'primary' | 'secondary', options?: CallOptions): Promise<string> {
    return this.#requests.say('POST', at`/node/${node}/coordinator-state`, { state }, options);
  }

  setDomainState(
    node: string,
    state: 'ready' | 'flush',
    wait = false,
    options?: CallOptions,
  ): Promise<string> {
    return this.#requests.say('POST', at`/node/${node}/domain-state`, { state, wait }, options);
  }
}
