import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { DroverError, isDroverError, LIMITS } from '../../core/index.js';
import type { Clock, PeerCall } from '../../ports/index.js';

/** The way to the API of a cluster of PVC: answers of JSON, and errors of the table (NOT_FOUND for 404). */
export interface PvcCalls {
  send(
    request: {
      readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
      readonly path: string;
      readonly type?: string;
      readonly body?: string | Buffer | AsyncIterable<Uint8Array>;
    },
    limits: { readonly late?: AbortSignal; readonly wanted: AbortSignal | undefined },
  ): Promise<unknown>;
  close(): Promise<void>;
}

const open = { additionalProperties: true };
const Root = Type.Object({ message: Type.String() }, open);
const Status = Type.Object({ pvc_version: Type.String() }, open);
const Vms = Type.Array(
  Type.Object(
    {
      ...{ name: Type.String(), uuid: Type.String(), state: Type.String(), node: Type.String() },
      failed_reason: Type.Optional(Type.Union([Type.String(), Type.Null()])),
      snapshots: Type.Array(
        Type.Object(
          { name: Type.String(), timestamp: Type.String(), rbd_snapshots: Type.Array(Type.String()) },
          open,
        ),
      ),
      disks: Type.Array(Type.Object({ name: Type.String() }, open)),
    },
    open,
  ),
);
export type VmThere = Static<typeof Vms>[number];
const Volumes = Type.Array(Type.Object({ stats: Type.Object({ size: Type.String() }, open) }, open));
const Snapshots = Type.Array(Type.Object({ stats: Type.Object({ size: Type.Integer() }, open) }, open));
const Nodes = Type.Array(Type.Object({ running_domains: Type.Array(Type.String()) }, open));
const Ticket = Type.Object({ task_id: Type.String({ minLength: 1 }) }, open);
const Task = Type.Object({ state: Type.String(), status: Type.Optional(Type.Unknown()) }, open);

const FORMS = {
  ...{ root: Compile(Root), status: Compile(Status), vms: Compile(Vms), volumes: Compile(Volumes) },
  ...{ snapshots: Compile(Snapshots), nodes: Compile(Nodes), ticket: Compile(Ticket), task: Compile(Task) },
};

/** A volume there, in a pool there. */
export interface VolumeThere {
  readonly pool: string;
  readonly volume: string;
}

const LOOK_AGAIN_MS = 500;

/** The questions that a sender of VMs asks of a cluster of PVC. */
export class PvcApi {
  readonly #name: string;
  readonly #calls: PvcCalls;
  readonly #clock: Clock;

  /** @param name of the peer, for what is said of it */
  constructor(name: string, calls: PvcCalls, clock: Clock) {
    this.#name = name;
    this.#calls = calls;
    this.#clock = clock;
  }

  /** Its version; REFUSED when it is no PVC. */
  async version(options?: PeerCall): Promise<string> {
    const { message } = await this.#ask(FORMS.root, '/', options);
    if (!message.includes('PVC API')) throw this.refused('it is no cluster of PVC', 'correct mirror.peers');
    return (await this.#ask(FORMS.status, '/status', options)).pvc_version;
  }

  async vm(name: string, options?: PeerCall): Promise<VmThere | undefined> {
    const [vm] = (await this.#ifThere(FORMS.vms, `/vm/${encodeURIComponent(name)}`, options)) ?? [];
    return vm;
  }

  /** The text of the size of a volume: rounded, as PVC tells it. */
  async volumeSize(volume: VolumeThere, options?: PeerCall): Promise<string | undefined> {
    const [found] = (await this.#ifThere(FORMS.volumes, volumePath(volume), options)) ?? [];
    return found?.stats.size;
  }

  /** The exact bytes of a volume at a snapshot, if there is one. */
  async snapshotBytes(
    volume: VolumeThere,
    snapshot: string,
    options?: PeerCall,
  ): Promise<number | undefined> {
    const [found] = (await this.#ifThere(FORMS.snapshots, snapshotPath(volume, snapshot), options)) ?? [];
    return found?.stats.size;
  }

  /** Whether a node there has a process of the VM. */
  async isRunning(node: string, uuid: string, options?: PeerCall): Promise<boolean> {
    const [found] = (await this.#ifThere(FORMS.nodes, `/node/${encodeURIComponent(node)}`, options)) ?? [];
    return found?.running_domains.includes(uuid) === true;
  }

  /** Asks for a change; returns once it is done. */
  async change(
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    query: Readonly<Record<string, string>>,
    options: PeerCall & {
      readonly type?: string;
      readonly body?: string | Buffer | AsyncIterable<Uint8Array>;
    } = {},
  ): Promise<unknown> {
    const { signal: wanted, limitMs, type, body } = options;
    const request = {
      ...{ method, path: `${path}?${new URLSearchParams(query).toString()}` },
      ...(type === undefined ? {} : { type }),
      ...(body === undefined ? {} : { body }),
    };
    const late = limitMs === undefined ? {} : { late: AbortSignal.timeout(limitMs) };
    return await this.#calls.send(request, { ...late, wanted });
  }

  /** Asks for a task, and returns once it has succeeded. REFUSED with what it says when it fails. */
  async task(
    method: 'POST' | 'DELETE',
    path: string,
    query: Readonly<Record<string, string>>,
    options: PeerCall = {},
  ): Promise<void> {
    const { limitMs = LIMITS.peerWorkMs } = options;
    const answer = await this.change(method, path, query, { limitMs: LIMITS.peerCallMs, ...options });
    if (!FORMS.ticket.Check(answer)) throw this.refused(`its answer to ${path} names no task`);
    const until = this.#clock.monotonic() + limitMs;
    for (;;) {
      const { state, status } = await this.#ask(FORMS.task, `/tasks/${answer.task_id}`, options);
      if (state === 'SUCCESS') return;
      // It keeps none that has ended for ever, and an unknown one is pending: the time limit is what ends that.
      if (state !== 'PENDING' && state !== 'RUNNING') throw this.refused(`${path}: ${textOf(status)}`);
      if (this.#clock.monotonic() > until)
        throw new DroverError('DEADLINE', {
          object: `peer ${this.#name}`,
          reason: `${path} does not end there`,
        });
      await this.#clock.sleep(LOOK_AGAIN_MS, options.signal);
    }
  }

  close(): Promise<void> {
    return this.#calls.close();
  }

  refused(reason: string, remedy = 'see to it there, then ask again'): DroverError {
    return new DroverError('REFUSED', { object: `peer ${this.#name}`, reason, remedy });
  }

  async #ask<T>(form: Form<T>, path: string, options: PeerCall = {}): Promise<T> {
    const { signal: wanted, limitMs = LIMITS.peerCallMs } = options;
    const late = AbortSignal.timeout(limitMs);
    const answer = await this.#calls.send({ method: 'GET', path }, { late, wanted });
    if (form.Check(answer)) return answer;
    throw this.refused(`its answer to ${path} is not what PVC tells`, 'check its address and its version');
  }

  async #ifThere<T>(form: Form<T>, path: string, options?: PeerCall): Promise<T | undefined> {
    try {
      return await this.#ask(form, path, options);
    } catch (error) {
      if (isDroverError(error, 'NOT_FOUND')) return undefined;
      throw error;
    }
  }
}

interface Form<T> {
  Check(value: unknown): value is T;
}

export function volumePath({ pool, volume }: VolumeThere): string {
  return `/storage/ceph/volume/${encodeURIComponent(pool)}/${encodeURIComponent(volume)}`;
}

export function snapshotPath({ pool, volume }: VolumeThere, snapshot: string): string {
  return `/storage/ceph/snapshot/${encodeURIComponent(pool)}/${encodeURIComponent(volume)}/${encodeURIComponent(snapshot)}`;
}

function textOf(status: unknown): string {
  return typeof status === 'string' ? status : JSON.stringify(status ?? 'it failed');
}
