/** A typed client of the HTTP API, for the command and for other programs. */
export {
  type BenchmarkReading,
  type OtherNode,
  readBenchmark,
  type Spread,
  type TestFigures,
} from './benchmark-results.js';
export { ApiClient, type ClientOptions } from './client.js';
export { baseUrl, type Connection } from './connection.js';
export { isRefused, Refused } from './refused.js';
export type { CallOptions } from './requests.js';
export { hasEnded, type WatchClock } from './tasks.js';
export { HttpTransport, type Transport, type WireReply, type WireRequest } from './transport.js';
export type {
  MirrorList,
  BackupList,
  Benchmark,
  Node,
  Status,
  TaskProgress,
  TaskRow,
  Tasks,
  TaskTicket,
  Vm,
  Volume,
  VolumeSnapshot,
} from '../../schemas/api.js';
