import { createHash } from 'node:crypto';

/** An image of a PVC cluster: its bytes, and its snapshots. */
interface HeldImage {
  bytes: Buffer;
  readonly snapshots: Map<string, Buffer>;
}

interface HeldSnapshot {
  readonly name: string;
  readonly timestamp: string;
  readonly rbd_snapshots: readonly string[];
}

export interface HeldVm {
  readonly name: string;
  readonly uuid: string;
  state: string;
  autostart: boolean;
  xml: string;
  disks: readonly string[];
  snapshots: HeldSnapshot[];
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface Question {
  readonly method: string;
  /** Below the prefix. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly type: string | undefined;
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * A cluster of PVC that takes a VM, with the defects that one has: a snapshot is listed when its configuration has come, blocks
 * are written into the head as they come whatever that holds, and nothing is checked. From the facts of its interface alone.
 */
export class PvcCluster {
  readonly images = new Map<string, HeldImage>();
  readonly vms = new Map<string, HeldVm>();
  readonly calls: string[] = [];
  version = '1.0.3';
  greeting = 'PVC API version 1.0';
  readonly #tasks = new Map<string, Answer['body']>();
  /** Called before each question is answered, and with what has come of a body: what it throws ends the connection. */
  cut: (call: string, bytes: number) => void = () => undefined;

  sum(image: string, snapshot?: string): string | undefined {
    const held = this.images.get(image);
    const bytes = snapshot === undefined ? held?.bytes : held?.snapshots.get(snapshot);
    return bytes && createHash('sha256').update(bytes).digest('hex');
  }

  async answer(question: Question): Promise<Answer> {
    const { method, path } = question;
    this.cut(`${method} ${path.split('/').at(-1) ?? ''}`, 0);
    const answer = await this.#answered(question);
    this.calls.push(`${method} ${path} ${answer.status}`);
    return answer;
  }

  async #answered(question: Question): Promise<Answer> {
    const [, first, second, third, fourth, fifth] = question.path.split('/').map(decodeURIComponent);
    if (question.path === '/') return ok({ message: this.greeting });
    if (first === 'status') return ok({ pvc_version: this.version, cluster_name: 'cluster2' });
    if (first === 'tasks')
      return ok(this.#tasks.get(second ?? '') ?? { state: 'PENDING', current: 0, total: 1 });
    if (first === 'node') return ok([{ name: second, running_domains: this.#running() }]);
    if (first === 'vm' && third === undefined) return this.#vm(second ?? '');
    if (first === 'vm' && third === 'meta') return this.#meta(second ?? '', question.query);
    if (first === 'vm' && third === 'state') return this.#state(second ?? '', question.query);
    if (first === 'vm' && third === 'snapshot' && fourth === undefined)
      return this.#remove(second ?? '', question.query);
    if (first === 'vm' && fourth === 'rollback') return this.#rollBack(second ?? '', question.query);
    if (first === 'vm' && fifth === 'config') return await this.#config(question);
    if (first === 'vm' && fifth === 'block') return await this.#block(question);
    if (third === 'volume') return this.#volume(question, `${fourth ?? ''}/${fifth ?? ''}`);
    const snapshot = question.path.split('/').map(decodeURIComponent)[6];
    if (third === 'snapshot') return this.#snapshot(question, `${fourth ?? ''}/${fifth ?? ''}`, snapshot);
    return { status: 404, body: { message: 'no such route' } };
  }

  #vm(name: string): Answer {
    const vm = this.vms.get(name);
    if (vm === undefined) return { status: 404, body: { message: 'VM not found.' } };
    const snapshots = [...vm.snapshots].sort((one, other) => (one.timestamp < other.timestamp ? 1 : -1));
    const disks = vm.disks.map((disk) => ({ type: 'rbd', name: disk }));
    return ok([{ ...vm, node: 'pv2', failed_reason: '', snapshots, disks }]);
  }

  /** Only the word is written; the guest of a started VM runs soon. */
  #state(name: string, query: URLSearchParams): Answer {
    const vm = this.vms.get(name);
    const state = query.get('state') ?? '';
    if (vm === undefined || (vm.state === 'mirror' && query.get('force') !== 'True'))
      return bad('not forced');
    vm.state = state;
    return ok({ message: 'done' });
  }

  #meta(name: string, query: URLSearchParams): Answer {
    const vm = this.vms.get(name);
    if (vm === undefined || !query.has('autostart')) return bad('nothing to change');
    vm.autostart = query.get('autostart') === 'True';
    return ok({ message: 'done' });
  }

  #running(): readonly string[] {
    return [...this.vms.values()].filter(({ state }) => state === 'start').map(({ uuid }) => uuid);
  }

  async #config({ query, body }: Question): Promise<Answer> {
    const sent = JSON.parse((await this.#whole('config', body)).toString()) as {
      name: string;
      uuid: string;
      xml: string;
      node_autostart: boolean;
      disks: { type: string; name: string }[];
      snapshots: HeldSnapshot[];
    };
    const snapshot = sent.snapshots.find(({ name }) => name === query.get('snapshot'));
    if (snapshot === undefined) return bad('no such snapshot in the body');
    const { name, uuid, xml } = sent;
    const vm = this.vms.get(name) ?? {
      name,
      uuid,
      xml,
      disks: [],
      state: 'mirror',
      autostart: false,
      snapshots: [],
    };
    vm.xml = xml;
    vm.autostart = sent.node_autostart;
    vm.disks = sent.disks.map((disk) => disk.name);
    vm.snapshots = [...vm.snapshots.filter((one) => one.name !== snapshot.name), snapshot];
    this.vms.set(name, vm);
    return ok({ message: 'configured' });
  }

  async #block(question: Question): Promise<Answer> {
    const { method, query, type, body } = question;
    const label = `${query.get('pool') ?? ''}/${query.get('volume') ?? ''}`;
    const snapshot = query.get('snapshot') ?? '';
    const image = this.images.get(label);
    if (method === 'POST') {
      const size = Number(query.get('size'));
      const into: HeldImage = image ?? { bytes: Buffer.alloc(size), snapshots: new Map() };
      this.images.set(label, into);
      into.bytes = Buffer.from(into.bytes);
      let at = 0;
      for await (const chunk of body) {
        if (at + chunk.length > into.bytes.length) return bad('beyond the end of the image');
        into.bytes.set(chunk, at);
        at += chunk.length;
        this.cut('body', at);
      }
      return ok({ message: 'received' });
    }
    if (image === undefined) return bad('no such volume');
    if (method === 'PATCH') {
      if (image.snapshots.has(snapshot)) return bad('the snapshot exists');
      image.snapshots.set(snapshot, Buffer.from(image.bytes));
      return ok({ message: 'received' });
    }
    const parts = partsOf(await this.#whole('body', body), /boundary=(\S+)/.exec(type ?? '')?.[1] ?? '');
    if (parts.length === 0) return bad('no parts');
    image.bytes = Buffer.from(image.bytes);
    for (const { offset, bytes } of parts) {
      if (offset + bytes.length > image.bytes.length) return bad('beyond the end of the image');
      image.bytes.set(bytes, offset);
    }
    return ok({ message: `received ${parts.length}` });
  }

  #volume({ method, query }: Question, label: string): Answer {
    const image = this.images.get(label);
    if (image === undefined) return { status: 404, body: { message: 'Volume not found.' } };
    if (method === 'PUT') {
      const size = fromText(rounded(Number(query.get('new_size'))));
      if (size < image.bytes.length) return bad('it cannot shrink');
      image.bytes = Buffer.concat([image.bytes, Buffer.alloc(size - image.bytes.length)]);
      return ok({ message: 'resized' });
    }
    const [pool, name] = label.split('/');
    return ok([
      { name, pool, stats: { size: rounded(image.bytes.length), snapshot_count: image.snapshots.size } },
    ]);
  }

  #snapshot({ method, query }: Question, label: string, snapshot: string | undefined): Answer {
    if (method === 'POST') {
      const image = this.images.get(`${query.get('pool') ?? ''}/${query.get('volume') ?? ''}`);
      image?.snapshots.set(query.get('snapshot') ?? '', Buffer.from(image.bytes));
      return image === undefined ? bad('no such volume') : ok({ message: 'made' });
    }
    const image = this.images.get(label);
    const held = image?.snapshots.get(snapshot ?? '');
    if (held === undefined) return { status: 404, body: { message: 'Snapshot not found.' } };
    if (method === 'DELETE') image?.snapshots.delete(snapshot ?? '');
    return ok(method === 'DELETE' ? { message: 'gone' } : [{ snapshot, stats: { size: held.length } }]);
  }

  #rollBack(name: string, query: URLSearchParams): Answer {
    const vm = this.vms.get(name);
    const snapshot = vm?.snapshots.find((one) => one.name === query.get('snapshot_name'));
    if (vm === undefined || snapshot === undefined) return this.#task('FAILURE', 'no such snapshot');
    if (!['stop', 'disable', 'mirror'].includes(vm.state)) return this.#task('FAILURE', 'it is not stopped');
    for (const text of snapshot.rbd_snapshots) {
      const [label = '', at = ''] = text.split('@');
      const [image, held] = [this.images.get(label), this.images.get(label)?.snapshots.get(at)];
      if (image === undefined || held === undefined)
        return this.#task('FAILURE', `rbd snap rollback ${text}`);
      image.bytes = Buffer.from(held);
    }
    return this.#task('SUCCESS', 'rolled back');
  }

  #remove(name: string, query: URLSearchParams): Answer {
    const vm = this.vms.get(name);
    const snapshot = vm?.snapshots.find((one) => one.name === query.get('snapshot_name'));
    if (vm === undefined || snapshot === undefined) return this.#task('FAILURE', 'no such snapshot');
    for (const text of snapshot.rbd_snapshots) {
      const [label = '', at = ''] = text.split('@');
      if (this.images.get(label)?.snapshots.delete(at) !== true)
        return this.#task('FAILURE', `rbd snap rm ${text}`);
    }
    vm.snapshots = vm.snapshots.filter((one) => one !== snapshot);
    return this.#task('SUCCESS', 'removed');
  }

  #task(state: string, status: string): Answer {
    const id = `${this.#tasks.size}`.padStart(8, '0');
    this.#tasks.set(id, { state, current: 1, total: 1, status });
    return { status: 202, body: { task_id: id, task_name: 'vm.task', run_on: 'pv2 (primary)' } };
  }

  async #whole(what: string, body: AsyncIterable<Uint8Array>): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of body) {
      chunks.push(chunk);
      length += chunk.length;
      this.cut(what, length);
    }
    return Buffer.concat(chunks);
  }
}

function ok(body: unknown): Answer {
  return { status: 200, body };
}

function bad(message: string): Answer {
  return { status: 400, body: { message } };
}

function partsOf(
  body: Buffer,
  boundary: string,
): readonly { readonly offset: number; readonly bytes: Buffer }[] {
  const found: { offset: number; bytes: Buffer }[] = [];
  const delimiter = Buffer.from(`--${boundary}`);
  for (let at = body.indexOf(delimiter); at >= 0;) {
    const next = body.indexOf(delimiter, at + delimiter.length);
    if (next < 0) break;
    const part = body.subarray(body.indexOf('\r\n\r\n', at) + 4, next - 2);
    const bytes = part.subarray(16);
    if (Number(part.readBigUInt64BE(8)) !== bytes.length) throw new Error('a part has another length');
    found.push({ offset: Number(part.readBigUInt64BE(0)), bytes });
    at = next;
  }
  return found;
}

const UNITS = ['B', 'K', 'M', 'G', 'T'];

function rounded(bytes: number): string {
  const unit = UNITS.findIndex((_, at) => Math.ceil(bytes / 1024 ** at) <= 9999);
  return `${Math.ceil(bytes / 1024 ** unit)}${UNITS[unit] ?? ''}`;
}

function fromText(text: string): number {
  return Number(text.slice(0, -1)) * 1024 ** UNITS.indexOf(text.slice(-1));
}
