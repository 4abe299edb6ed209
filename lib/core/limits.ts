/**
 * Every limit of the system in one place. Times are milliseconds, sizes are bytes, unless the name says otherwise.
 * docs/architecture.md shows the same table; a test compares the two.
 */
export const LIMITS = {
  /** A control call to `rbd` or `ceph`. */
  cephCallMs: 30_000,
  /** A control call to `virsh`; the first one after libvirtd's start may probe for capabilities. */
  libvirtCallMs: 30_000,
  /** A copy of an image: so long, and the time for its bytes at the slowest that is waited for. */
  copyMs: 600_000,
  copyBytesPerMs: 5_000,
  /** A transfer of which nothing moves is given up after this long: a full pool makes Ceph wait for ever. */
  shipStallMs: 60_000,
  /** How long a VM that is handed over may take to be down, whatever its node does; and until it runs on the other side. */
  stillnessMs: 300_000,
  activationMs: 180_000,
  /** One question to another cluster; and one that it works for: space, stages, snapshots. */
  peerCallMs: 20_000,
  peerWorkMs: 600_000,
  /** How long the other side of a transfer may be away before it is given up, and the pauses between two tries. */
  shipLostMs: 120_000,
  shipRetryFirstMs: 250,
  shipRetryLastMs: 10_000,
  /** One command that mounts or unmounts the place where backups go to. */
  mountMs: 60_000,
  /** One mail, one call of a webhook, one ping. */
  reportMs: 30_000,
  /** How long an image in the trash is protected from removal. */
  trashKeptMs: 24 * 3_600_000,
  /** What a test of a benchmark may take beside its own time: to connect, and to wait for what it has begun. */
  benchmarkIdleMs: 120_000,
  /** How long the figures of the other nodes are waited for after a test. */
  samplesLateMs: 10_000,
  /** How long a guest may take to give up a device. */
  deviceGoneMs: 60_000,
  /** How long a guest may be held for its snapshots before it goes on by itself. */
  holdMs: 15_000,
  /** How long a task waits for a point that it has asked for. */
  pointAskedMs: 300_000,
  /** The pause after a point that took too long, before it is tried once more. */
  pointAgainMs: 20_000,
  /** A guest freeze. */
  freezeMs: 10_000,
  /** One IPMI command. */
  ipmiCallMs: 5_000,
  /** From the power-off command to the BMC's word that it is off. */
  powerOffConfirmedMs: 20_000,
  /** A whole live migration. */
  migrationMs: 600_000,
  /** A live migration without progress. */
  migrationStallMs: 60_000,

  /** VMs that one node starts at the same time. */
  startsAtOnceCount: 4,
  /** The first and the longest pause before a crashed guest is started again. */
  crashRetryFirstMs: 1_000,
  crashRetryLastMs: 60_000,
  /** More crashes than this within the window, and the VM fails. */
  crashesAllowedCount: 3,
  crashWindowMs: 600_000,
  /** How long a start waits for a foreign watcher of one of its images to go away. */
  watcherGoneMs: 35_000,

  /** The store session that a client asks for. */
  storeSessionMs: 8_000,
  /** One store operation, from the call to its answer, reconnects included for reads. */
  storeCallMs: 10_000,
  /** One value in the store; the server's own limit is 1,048,575 for a whole packet. */
  storeValueBytes: 512 * 1024,
  /** One transaction in the store, all paths and values. */
  storeTransactionBytes: 900 * 1024,
  /** Operations in one transaction of a recursive delete. */
  storeTransactionOperations: 500,
  /** Store operations in flight at once from one client. */
  storeInFlight: 512,
  /** The shortest and the longest pause between two attempts to connect. */
  storeReconnectFirstMs: 50,
  storeReconnectLastMs: 2_000,
  /** How long closing tries to end the session at a server. */
  storeCloseMs: 2_000,
  /** Watched paths that are read at once after a reconnect. */
  storeWatchReadsInFlight: 128,
  /** The largest answer of a store server that is believed; a list of children may pass its own packet limit. */
  storeFrameBytes: 64 * 1024 * 1024,

  /** Age of the last answered check of the epoch at the start of a destructive call. */
  epochCheckAgeMs: 1_000,
  /** How long our own write waits for a foreign lock child to go away. */
  foreignLockMs: 5_000,
  /** After this long without faults nothing temporary may be left. */
  quietMs: 60_000,
  /** How long a hand-over keeps the other coordinators from standing for election. */
  handoverMs: 10_000,
  /** How long a hand-over waits for the work of the term to end before it goes on without it. */
  termEndMs: 1_000,

  /** Between two reports of one task's progress. */
  taskReportMs: 1_000,
  /** Progress and resume state of a task together, as JSON; the latter at most half of it. */
  taskReportBytes: 4 * 1024,
  /** Arguments and result of a task, each, as JSON. */
  taskValueBytes: 64 * 1024,
  /** How long an ended task is kept. */
  taskKeptMs: 7 * 24 * 3_600_000,
  /** How late a schedule still fires as if on time. */
  scheduleLateMs: 300_000,
  /** The longest time until the wall clock is looked at again: it may jump, and nobody tells. */
  scheduleLookMs: 60_000,

  /** The first and the longest pause before a companion of the daemon that has ended is started again. */
  companionRetryFirstMs: 100,
  companionRetryLastMs: 10_000,
  /** One that ran for so long had begun well: the pause is the first one again. */
  companionSteadyMs: 10_000,
  /** From the word to end until the worker is ended: its tasks tidy up, and give back what has not ended. */
  workerEndMs: 10_000,
  /** The same for the API, which ends with the term. */
  apiEndMs: 800,

  /** One word to the service manager. */
  serviceManagerMs: 5_000,
  /** How late the liveness of this node may be, beyond three of its intervals, while the store answers: then the daemon is ill. */
  keepaliveLateMs: 30_000,

  /** A control command without a limit of its own. */
  commandMs: 30_000,
  /** From the polite signal to the hard one, for a command that is being ended. */
  commandGraceMs: 2_000,
  /** How long the rest of a pipe may take to end by itself once its source was ended, before it is ended too. */
  pipeDrainMs: 60_000,
  /** What a control command may print to stdout and to stderr. */
  commandOutputBytes: 4 * 1024 * 1024,
  /** What is kept of stderr for a message. */
  messageBytes: 4 * 1024,
  /** A file that is read whole. */
  fileBytes: 16 * 1024 * 1024,

  /** The body of a request to the API: a definition of the largest size, percent-encoded. */
  apiBodyBytes: 2 * 1024 * 1024,
  /** How long a log-in to the API holds. */
  apiLoginMs: 12 * 3_600_000,
  /** How long the keys of a VM snapshot, which are written once, are believed without being read again. */
  apiSnapshotMs: 60_000,

  /** How long a request waits at most for a VM or a node to reach a state: less than its client waits for it. */
  stateReachedMs: 3_540_000,
  /** How long a removal waits for the process of the VM to be gone. */
  removalMs: 45_000,

  /** One request of the client, from the connection to the end of the answer. */
  clientCallMs: 60_000,
  /** Making a connection to the API. */
  clientConnectMs: 5_000,
  /** The largest answer that is read. */
  clientAnswerBytes: 64 * 1024 * 1024,
  /** A request that is answered only when a VM or a node has reached a state. */
  clientWaitMs: 3_600_000,
  /** The shortest and the longest pause between two looks at a task that is being watched. */
  clientWatchFirstMs: 100,
  clientWatchLastMs: 2_000,
  /** How long a task is watched on while the API does not answer: a change of the primary takes less. */
  clientLostMs: 120_000,
} as const;

/** How long a copy of so many bytes is waited for, in milliseconds. */
export function copyLimitMs(bytes: number): number {
  return LIMITS.copyMs + bytes / LIMITS.copyBytesPerMs;
}
