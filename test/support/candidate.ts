/**
 * A coordinator that does nothing but stand for election and act, on a host of a sandbox:
 * `candidate.js NODE SERVERS SESSION_MS MEMORY_FILE`. Sends an IPC message for each thing that happens, with the
 * monotonic clock that all processes of this machine share; an IPC message to it is a text to create /watched with.
 */
import { Scope, SILENT } from '../../lib/core/index.js';
import { HostClock, HostFiles, HostRandom } from '../../lib/adapters/host/index.js';
import { connectZooKeeper } from '../../lib/adapters/zookeeper/index.js';
import {
  Election,
  type Leadership,
  Membership,
  Memory,
  runCensus,
  Trust,
} from '../../lib/ownership/index.js';

/** What a candidate tells. */
export interface CandidateEvent {
  readonly node: string;
  readonly what: 'connected' | 'lost' | 'elected' | 'ended' | 'act' | 'trusted' | 'doubts' | 'watched';
  readonly epoch?: number;
  readonly text?: string;
  /** Milliseconds of the machine's monotonic clock. */
  readonly at: number;
}

const ACT_EVERY_MS = 20;
const WATCHED = '/watched';

const [node = '', servers = '', sessionMs = '', memoryFile = ''] = process.argv.slice(2);
const clock = new HostClock();
const random = new HostRandom();
const scope = new Scope(node);
const store = connectZooKeeper({ servers: servers.split(','), sessionMs: Number(sessionMs), clock, random });
const memory = await Memory.load(new HostFiles(), memoryFile, SILENT);
const tell = (event: Omit<CandidateEvent, 'node' | 'at'>) => {
  process.send?.({ node, at: clock.monotonic(), ...event } satisfies CandidateEvent);
};
const wake = () => {
  trust.wake();
  candidate.wake();
};

store.onSession(({ state }) => {
  if (state === 'connected' || state === 'lost') tell({ what: state });
});
store.watch(WATCHED, (entry) => {
  if (entry !== undefined) tell({ what: 'watched', text: new TextDecoder().decode(entry.data) });
});
process.on('message', (text: string) => void create(text));
const shared = { store, clock, log: SILENT };
const membership = new Membership(scope, {
  ...shared,
  node,
  boot: `boot-of-${node}`,
  version: '0',
  watchdog: { armed: false, seconds: 0 },
  onChange: wake,
});
const trust = new Trust(scope, {
  ...shared,
  me: { node, boot: `boot-of-${node}` },
  memory,
  proof: () => membership.proof,
  domains: () => Promise.resolve([]),
  onChange: (trusted) => tell({ what: trusted ? 'trusted' : 'doubts' }),
});
const candidate = new Election(scope, {
  ...shared,
  node,
  candidate: () => membership.proof !== undefined,
  rememberedEpoch: () => memory.remembered.epoch,
  onElected: lead,
});

function lead(leadership: Leadership): void {
  const { epoch } = leadership;
  tell({ what: 'elected', epoch });
  leadership.scope.defer(() => tell({ what: 'ended', epoch }));
  runCensus({
    ...shared,
    leadership,
    random,
    coordinators: [],
    outgrow: async (above) => {
      await memory.note({ epoch: above });
      candidate.wake();
    },
  });
  void leadership.scope.run((signal) => act(leadership, signal)).catch(() => undefined);
}

/** Acts again and again, as a primary makes destructive calls; a refusal is what is being tested, and ends nothing. */
async function act(leadership: Leadership, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(ACT_EVERY_MS, signal);
    await leadership
      .act(() => {
        tell({ what: 'act', epoch: leadership.epoch });
        return Promise.resolve();
      })
      .catch(() => undefined);
  }
}

/** Creates the watched key, again and again until it is there: the server may be gone at this moment. */
async function create(text: string): Promise<void> {
  while ((await store.read(WATCHED)) === undefined)
    await store
      .commit([{ op: 'create', path: WATCHED, data: new TextEncoder().encode(text) }])
      .catch(() => clock.sleep(ACT_EVERY_MS));
}
