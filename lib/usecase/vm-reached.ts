import type { Run } from '../../schemas/index.js';
import { documentPath, keyPath, readKeys, readRecord, type VmState } from '../tree/index.js';
import { refuse, type StateWish } from './guard-rails.js';
import { reach } from './reach.js';
import type { Asked } from './use-cases.js';
import type { UseCaseWorld } from './world.js';

/** A VM as whoever waits for it sees it. */
interface Seen {
  readonly name: string;
  readonly state: VmState;
  readonly node: string;
  readonly failedReason: string;
  readonly run: Run | undefined;
  /** Whether the node that it is given to has told that it runs there. */
  readonly told: boolean;
}

type Look = (vm: Seen) => boolean;

/** Waits until the VM really is as `wish` says: told by who holds it, not by the wish. */
export async function stateReached(
  world: UseCaseWorld,
  asked: Asked,
  vm: { readonly uuid: string; readonly node: string },
  wish: StateWish,
): Promise<void> {
  await vmSo(world, asked, vm, LOOKS[wish], wish);
}

/** Waits until the VM runs on `target`, and nowhere else. */
export async function placeReached(
  world: UseCaseWorld,
  asked: Asked,
  uuid: string,
  target: string,
): Promise<void> {
  const look: Look = (vm) => {
    if (vm.state === 'start' && vm.node !== target)
      throw refuse(vm, `it did not go to ${target} and stays on ${vm.node}`, `see the log of ${vm.node}`);
    if (vm.state === 'start') return heldBy(vm, target);
    if (!MOVING.has(vm.state)) throw otherwise(vm);
    return false;
  };
  await vmSo(world, asked, { uuid, node: target }, look, `run on ${target}`);
}

const MOVING: ReadonlySet<VmState> = new Set(['migrate', 'migrate-live', 'unmigrate']);

const LOOKS: Readonly<Record<StateWish, Look>> = {
  start: (vm) => {
    if (vm.state !== 'start') throw otherwise(vm);
    return vm.told && heldBy(vm, vm.node);
  },
  restart: (vm) => {
    if (vm.state === 'restart') return false;
    if (vm.state !== 'start') throw otherwise(vm);
    // The word is taken out of the record by who has seen it run again.
    return vm.told && heldBy(vm, vm.node) && vm.run?.edges.length === 0;
  },
  shutdown: (vm) => {
    if (vm.state === 'shutdown') return false;
    if (vm.state !== 'stop' && vm.state !== 'disable') throw otherwise(vm);
    return nobodyHolds(vm);
  },
  stop: (vm) => {
    if (vm.state !== 'stop') throw otherwise(vm);
    return nobodyHolds(vm);
  },
  disable: (vm) => {
    if (vm.state !== 'disable') throw otherwise(vm);
    return nobodyHolds(vm);
  },
};

function nobodyHolds({ run }: Seen): boolean {
  return (run?.holders.length ?? 0) === 0;
}

function heldBy({ run }: Seen, node: string): boolean {
  const [holder, other] = run?.holders ?? [];
  return holder?.node === node && holder.role === 'run' && other === undefined;
}

/** What was waited for cannot come any more. */
function otherwise(vm: Seen) {
  return vm.state === 'fail'
    ? refuse(vm, `it failed: ${vm.failedReason}`, 'remove the cause, then start it again')
    : refuse(
        vm,
        `somebody has wished something else meanwhile: ${vm.state}`,
        'ask again if it is still wanted',
      );
}

async function vmSo(
  world: UseCaseWorld,
  asked: Asked,
  { uuid, node }: { readonly uuid: string; readonly node: string },
  look: Look,
  what: string,
): Promise<void> {
  const { store } = world;
  const { signal } = asked;
  const runPath = documentPath('run', { uuid });
  await reach(world, asked, {
    what: `VM ${uuid} to ${what}`,
    paths: [
      keyPath('domain', 'state', { uuid }),
      keyPath('domain', 'node', { uuid }),
      runPath,
      ...(node === '' ? [] : [keyPath('node', 'runningDomains', { node })]),
    ],
    look: async () => {
      const [keys, run, running] = await Promise.all([
        readKeys(store, 'domain', { uuid }, ['name', 'state', 'node', 'failedReason'], { signal }),
        readRecord(store, 'run', runPath, { signal }),
        node === '' ? undefined : readKeys(store, 'node', { node }, ['runningDomains'], { signal }),
      ]);
      const seen: Seen = {
        name: keys.needed('name'),
        state: keys.needed('state'),
        node: keys.needed('node') ?? '',
        failedReason: keys.value('failedReason') ?? '',
        run: run?.value,
        told: running?.value('runningDomains')?.includes(uuid) ?? false,
      };
      return look(seen) ? true : undefined;
    },
  });
}
