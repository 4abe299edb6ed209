import { BackupCalls } from './backups.js';
import { ClusterCalls } from './cluster.js';
import type { Connection } from './connection.js';
import { MirrorCalls } from './mirrors.js';
import { NodeCalls } from './nodes.js';
import { Requests } from './requests.js';
import { SnapshotCalls } from './snapshots.js';
import { StorageCalls } from './storage.js';
import { TaskCalls, type WatchClock } from './tasks.js';
import { HttpTransport, type Transport } from './transport.js';
import { VmCalls } from './vms.js';

export interface ClientOptions {
  readonly connection: Connection;
  readonly clock: WatchClock;
  /** Default: by HTTP, as the connection says. */
  readonly transport?: Transport;
}

/**
 * One API, Drover's or PVC's. Every call fails with `Refused` when the API says no, and with API_UNREACHABLE,
 * API_DISTRUSTED, DEADLINE or CANCELLED when there is no answer. Close it, so that its connections end.
 */
export class ApiClient {
  readonly backups: BackupCalls;
  readonly cluster: ClusterCalls;
  readonly mirrors: MirrorCalls;
  readonly nodes: NodeCalls;
  readonly vms: VmCalls;
  readonly snapshots: SnapshotCalls;
  readonly storage: StorageCalls;
  readonly tasks: TaskCalls;
  readonly #transport: Transport;

  constructor({ connection, clock, transport = new HttpTransport(connection) }: ClientOptions) {
    const requests = new Requests(transport, connection);
    this.backups = new BackupCalls(requests);
    this.cluster = new ClusterCalls(requests);
    this.mirrors = new MirrorCalls(requests);
    this.nodes = new NodeCalls(requests);
    this.vms = new VmCalls(requests);
    this.snapshots = new SnapshotCalls(requests);
    this.storage = new StorageCalls(requests);
    this.tasks = new TaskCalls(requests, clock);
    this.#transport = transport;
  }

  close(): Promise<void> {
    return this.#transport.close();
  }
}
