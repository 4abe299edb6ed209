import { Readable } from 'node:stream';
import { request } from 'undici';

/** What a PVC cluster reads of an image at once, and what it sends in one request: 32 objects. */
const OBJECT = 4 * 1024 ** 2;
const BATCH = 32;

export interface SentVm {
  readonly name: string;
  readonly uuid: string;
  /** The definition, with these disks in it. */
  readonly xml: string;
  state: string;
}

/** A disk by its objects; one that is not there is a hole. Snapshots keep what it was. */
export class SentDisk {
  readonly name: string;
  bytes: number;
  readonly objects = new Map<number, Buffer>();
  readonly snapshots = new Map<
    string,
    { readonly bytes: number; readonly objects: ReadonlyMap<number, Buffer> }
  >();

  /** @param name `pool/volume` */
  constructor(name: string, bytes: number) {
    this.name = name;
    this.bytes = bytes;
  }

  /** Writes an object, or with no bytes discards it. */
  set(index: number, fill?: Buffer | number): void {
    const length = Math.min(OBJECT, this.bytes - index * OBJECT);
    if (fill === undefined) this.objects.delete(index);
    else this.objects.set(index, Buffer.alloc(length, fill));
  }

  take(snapshot: string): void {
    this.snapshots.set(snapshot, { bytes: this.bytes, objects: new Map(this.objects) });
  }

  at(snapshot: string): { readonly bytes: number; readonly objects: ReadonlyMap<number, Buffer> } {
    const found = this.snapshots.get(snapshot);
    if (found === undefined) throw new Error(`the sender has no ${this.name}@${snapshot}`);
    return found;
  }

  /** All bytes at a snapshot. */
  image(snapshot: string): Buffer {
    const { bytes, objects } = this.at(snapshot);
    const image = Buffer.alloc(bytes);
    for (const [index, object] of objects) object.copy(image, index * OBJECT);
    return image;
  }

  /** Objects that are there and differ; what was discarded is left out, as the wire of PVC has no word for it. */
  changes(parent: string, snapshot: string): readonly (readonly [number, Buffer])[] {
    const before = this.at(parent).objects;
    return [...this.at(snapshot).objects]
      .filter(([index, object]) => before.get(index) !== object)
      .sort(([one], [other]) => one - other);
  }
}

export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** Something that a test breaks off: called with what has been sent of a body, and throws when that is enough. */
export type Cut = (call: string, sentBytes: number) => void;

/**
 * A cluster of PVC that sends a VM, as far as the other side sees it. From the facts of its interface alone: which calls, in
 * which order, and what they carry.
 */
export class PvcSender {
  /** With the prefix. */
  uri: string;
  readonly #key: string;
  readonly vm: SentVm;
  readonly disks: readonly SentDisk[];
  /** Snapshots with their moments, the newest first. */
  readonly #snapshots: { readonly name: string; readonly timestamp: string }[] = [];
  /** Every call, with its status. */
  readonly calls: string[] = [];
  cut: Cut = () => undefined;

  /** @param uri with the prefix */
  constructor(uri: string, key: string, vm: SentVm, disks: readonly SentDisk[]) {
    this.uri = uri;
    this.#key = key;
    this.vm = vm;
    this.disks = disks;
  }

  /** Takes a snapshot of all disks. */
  take(name: string, seconds: number): void {
    for (const disk of this.disks) disk.take(name);
    this.#snapshots.unshift({ name, timestamp: `${seconds}.7302582` });
  }

  /** `mirror create`: a snapshot, and its way there. The parent is given, or one of those that both sides list. */
  async create(name: string, seconds: number, parent?: string): Promise<void> {
    const listed = await this.#look();
    this.take(name, seconds);
    const common = this.#snapshots.find(
      (one) => one.name !== name && listed?.includes(one.name) === true,
    )?.name;
    await this.send(name, parent ?? common, listed !== undefined);
  }

  /** `mirror promote`: after the last snapshot the other side takes over. */
  async promote(name: string, seconds: number): Promise<void> {
    const { state } = this.vm;
    this.vm.state = 'stop';
    await this.create(name, seconds);
    await this.#must('POST', `/vm/${this.vm.name}/state`, { state, wait: 'True', force: 'True' }, undefined, {
      // Its session keeps the type of the last stream.
      'content-type': 'application/octet-stream',
    });
    this.vm.state = 'mirror';
  }

  /** Calls 4 to 8. */
  async send(snapshot: string, parent: string | undefined, known: boolean): Promise<void> {
    const { name } = this.vm;
    const source = parent === undefined ? {} : { source_snapshot: parent };
    const receive = `/vm/${name}/snapshot/receive`;
    const body = Buffer.from(JSON.stringify(this.#object()));
    await this.#must('POST', `${receive}/config`, { snapshot, ...source }, body, {
      'content-type': 'application/json',
    });
    for (const disk of this.disks) {
      const [pool = '', volume = ''] = disk.name.split('/');
      const where = `/storage/ceph/volume/${pool}/${volume}`;
      const there = await this.#call('GET', where);
      if (there.status !== (known ? 200 : 404)) throw new Error(`volume ${disk.name}: ${there.status}`);
      const { bytes } = disk.at(snapshot);
      if (known && sizeOf(there) !== rounded(bytes))
        await this.#must('PUT', where, { new_size: String(bytes), force: 'True' });
      const its = { pool, volume, snapshot, ...source };
      if (parent === undefined) {
        const type = { 'content-type': 'application/octet-stream' };
        const image = disk.image(snapshot);
        await this.#must(
          'POST',
          `${receive}/block`,
          { ...its, size: String(bytes) },
          Readable.from(this.#pieces(image)),
          type,
        );
      } else await this.#changes(`${receive}/block`, its, disk.changes(parent, snapshot));
      await this.#must('PATCH', `${receive}/block`, its);
    }
  }

  /** What the other side lists as its snapshots; undefined when it has no such VM. */
  async listed(): Promise<readonly string[] | undefined> {
    const { status, body } = await this.#call('GET', `/vm/${this.vm.name}`);
    if (status === 404) return undefined;
    const [vm] = body as {
      readonly state: string;
      readonly snapshots: readonly { readonly name: string }[];
    }[];
    if (vm?.state !== 'mirror') throw new Error(`the VM there is ${vm?.state ?? 'none'}, not a mirror`);
    return vm.snapshots.map(({ name }) => name);
  }

  async #look(): Promise<readonly string[] | undefined> {
    const root = await this.#call('GET', '/');
    if (!JSON.stringify(root.body).includes('PVC API')) throw new Error('it is no API of PVC');
    const status = await this.#call('GET', '/status');
    const { pvc_version: version = '0' } = status.body as { readonly pvc_version?: string };
    const [major = 0, minor = 0, patch = 0] = version.split('~')[0]?.split('.').map(Number) ?? [];
    if (major < 1 && (minor < 9 || patch < 101)) throw new Error(`its version is ${version}`);
    return await this.listed();
  }

  async #changes(
    path: string,
    query: Readonly<Record<string, string>>,
    changes: readonly (readonly [number, Buffer])[],
  ) {
    for (let at = 0; at < changes.length; at += BATCH) {
      const boundary = 'deac484b369e9741787596e2f41821a1';
      const parts = changes.slice(at, at + BATCH).map(([index, object], part) => {
        const head = Buffer.alloc(16);
        head.writeBigUInt64BE(BigInt(index * OBJECT), 0);
        head.writeBigUInt64BE(BigInt(object.length), 8);
        const name = `object_${part}`;
        const text = `--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${name}"\r\nContent-Type: application/octet-stream\r\n\r\n`;
        return Buffer.concat([Buffer.from(text), head, object, Buffer.from('\r\n')]);
      });
      const body = Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]);
      await this.#must('PUT', path, query, Readable.from(this.#pieces(body)), {
        'content-type': `multipart/form-data; boundary=${boundary}`,
        'content-length': String(body.length),
      });
    }
  }

  async *#pieces(bytes: Buffer): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += 256 * 1024) {
      this.cut('body', at);
      yield bytes.subarray(at, at + 256 * 1024);
      await Promise.resolve();
    }
  }

  /** A VM as the API of PVC tells of it. */
  #object(): object {
    const { name, uuid, state, xml } = this.vm;
    return {
      ...{
        name,
        uuid,
        state,
        node: 'pv1',
        last_node: '',
        migrated: 'no',
        failed_reason: '',
        node_limit: null,
      },
      ...{ node_selector: null, node_autostart: true, migration_method: null, migration_max_downtime: 300 },
      tags: [{ name: 'blue', type: 'user', protected: false }],
      snapshots: this.#snapshots.map((one) => ({
        ...one,
        age: 0,
        xml_diff_lines: [],
        rbd_snapshots: this.disks.map((disk) => `${disk.name}@${one.name}`),
      })),
      ...{ description: 'sent', profile: 'None', memory: 192, vcpu: 1, networks: [] },
      disks: this.disks.map((disk) => ({ type: 'rbd', name: disk.name, dev: 'vda', bus: 'virtio' })),
      xml: xml.replaceAll('"', "'"),
    };
  }

  async #must(
    method: 'POST' | 'PUT' | 'PATCH',
    path: string,
    query?: Readonly<Record<string, string>>,
    body?: Buffer | Readable,
    headers?: Readonly<Record<string, string>>,
  ): Promise<void> {
    const { status, body: answer } = await this.#call(method, path, query, body, headers);
    if (status !== 200) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer)}`);
  }

  async #call(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH',
    path: string,
    query: Readonly<Record<string, string>> = {},
    body?: Buffer | Readable,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Reply> {
    this.cut(`${method} ${path.split('/').at(-1) ?? ''}`, 0);
    const reply = await request(`${this.uri}${path}?${new URLSearchParams(query).toString()}`, {
      method,
      headers: { 'x-api-key': this.#key, ...headers },
      body: body ?? null,
    });
    const text = await reply.body.text();
    this.calls.push(`${method} ${path} ${reply.statusCode}`);
    return { status: reply.statusCode, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
  }
}

/** The text of a volume's size, which is all that is compared. */
function sizeOf({ body }: Reply): string {
  const [volume] = body as { readonly stats: { readonly size: string } }[];
  return volume?.stats.size ?? '';
}

function rounded(bytes: number): string {
  const units = ['B', 'K', 'M', 'G', 'T'];
  const unit = units.findIndex((_, at) => Math.ceil(bytes / 1024 ** at) <= 9999);
  return `${Math.ceil(bytes / 1024 ** unit)}${units[unit] ?? ''}`;
}
