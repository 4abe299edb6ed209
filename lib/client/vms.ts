import type { Static } from 'typebox';
import type {
  Lines,
  TaskTicket,
  Vm,
  VmDefineArgs,
  VmListArgs,
  VmMeta,
  VmMetaArgs,
  VmNodeArgs,
  VmStateArgs,
  VmTags,
} from '../../schemas/api.js';
import { LIMITS } from '../core/index.js';
import { at, type CallOptions, type Requests } from './requests.js';

/** Everything about VMs. Each is named by its name or UUID. */
export class VmCalls {
  readonly #requests: Requests;

  constructor(requests: Requests) {
    this.#requests = requests;
  }

  list(filter: Partial<Static<typeof VmListArgs>> = {}, options?: CallOptions): Promise<readonly Vm[]> {
    return this.#requests.list('/vm', filter, options);
  }

  /** All with this name: more than one only in a tree that somebody has broken. */
  get(vm: string, options?: CallOptions): Promise<readonly Vm[]> {
    return this.#requests.get(at`/vm/${vm}`, {}, options);
  }

  meta(vm: string, options?: CallOptions): Promise<VmMeta> {
    return this.#requests.get(at`/vm/${vm}/meta`, {}, options);
  }

  tags(vm: string, options?: CallOptions): Promise<VmTags> {
    return this.#requests.get(at`/vm/${vm}/tags`, {}, options);
  }

  console(vm: string, lines: number, options?: CallOptions): Promise<Lines> {
    return this.#requests.get(at`/vm/${vm}/console`, { lines }, options);
  }

  define(
    definition: Pick<Static<typeof VmDefineArgs>, 'xml'> & Partial<Static<typeof VmDefineArgs>>,
    options?: CallOptions,
  ): Promise<string> {
    return this.#requests.say('POST', '/vm', definition, options);
  }

  modify(vm: string, xml: string, restart: boolean, options?: CallOptions): Promise<string> {
    return this.#requests.say('PUT', at`/vm/${vm}`, { xml, restart }, options);
  }

  remove(
    vm: string,
    how: { readonly delete_disks?: boolean; readonly force?: boolean } = {},
    options?: CallOptions,
  ): Promise<string> {
    const limits = how.delete_disks === true ? { limitMs: LIMITS.clientWaitMs } : {};
    return this.#requests.say('DELETE', at`/vm/${vm}`, how, { ...limits, ...options });
  }

  /** Answered when its volumes are renamed too. */
  rename(vm: string, new_name: string, options?: CallOptions): Promise<string> {
    const limits = { limitMs: LIMITS.clientWaitMs, ...options };
    return this.#requests.say('POST', at`/vm/${vm}/rename`, { new_name }, limits);
  }

  setMeta(vm: string, meta: Static<typeof VmMetaArgs>, options?: CallOptions): Promise<string> {
    return this.#requests.say('POST', at`/vm/${vm}/meta`, meta, options);
  }

  addTag(vm: string, tag: string, kept = false, options?: CallOptions): Promise<string> {
    return this.#requests.say('POST', at`/vm/${vm}/tags`, { action: 'add', tag, protected: kept }, options);
  }

  removeTag(vm: string, tag: string, options?: CallOptions): Promise<string> {
    return this.#requests.say('POST', at`/vm/${vm}/tags`, { action: 'remove', tag }, options);
  }

  setState(
    vm: string,
    wish: Pick<Static<typeof VmStateArgs>, 'state'> & Partial<Static<typeof VmStateArgs>>,
    options?: CallOptions,
  ): Promise<string> {
    return this.#requests.say('POST', at`/vm/${vm}/state`, wish, options);
  }

  place(
    vm: string,
    wish: Pick<Static<typeof VmNodeArgs>, 'action'> & Partial<Static<typeof VmNodeArgs>>,
    options?: CallOptions,
  ): Promise<string> {
    return this.#requests.say('POST', at`/vm/${vm}/node`, wish, options);
  }

  flushLocks(vm: string, options?: CallOptions): Promise<TaskTicket> {
    return this.#requests.change('POST', at`/vm/${vm}/locks`, {}, options);
  }

  attachDevice(vm: string, xml: string, options?: CallOptions): Promise<TaskTicket> {
    return this.#requests.change('POST', at`/vm/${vm}/device`, { xml }, options);
  }

  detachDevice(vm: string, xml: string, options?: CallOptions): Promise<TaskTicket> {
    return this.#requests.change('DELETE', at`/vm/${vm}/device`, { xml }, options);
  }
}
