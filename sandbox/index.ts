export {
  type ClusterDescription,
  describe,
  type Description,
  type PartialDescription,
  readDescription,
} from './description.js';
export { checksum } from './checksum.js';
export { Droverd, type LogLine } from './droverd.js';
export { type DroverAnswer, DroverShell } from './drover-shell.js';
export { droverdConfiguration } from './droverd-configuration.js';
export { DroverdService } from './droverd-service.js';
export type { Faults, PartSignal, PowerWord } from './faults.js';
export type { RunOptions } from './inside.js';
export { type ClusterLayout, type Host, hostsOf, INSIDE, layOut, type NodeLayout } from './layout.js';
export { inspectMachine, type Machine } from './machine.js';
export { DelayProxy, type Endpoint } from './proxy.js';
export { directoryOf, removeSandbox, Sandbox } from './sandbox.js';
export type { HostStatus, PartStatus, Status } from './status.js';
export { up, type UpOptions } from './up.js';
export { until, type WaitOptions } from './wait.js';
export { byKeys } from './demo/by-keys.js';
export * from './guest/index.js';
