import type { Holder, Run } from '../../schemas/index.js';
import { DroverError } from '../core/index.js';
import type { DocumentInput } from '../tree/index.js';

/** A node during one run of its kernel: what a holder is identified by. */
export interface Incarnate {
  readonly node: string;
  readonly boot: string;
}

/**
 * Why a node may take itself out of the set: the process is known to be gone, or the kernel it ran under is; or it has come
 * in just now, into an empty set, and has called nothing since.
 */
export type Departure =
  | { readonly gone: 'not begun' }
  | { readonly gone: 'process'; readonly domain: 'absent'; readonly process: 'absent' }
  | { readonly gone: 'boot'; readonly formerBoot: string };

type RunInput = DocumentInput<'run'>;

const EMPTY: RunInput = { epoch: 0, holders: [], edges: [] };

/**
 * The run record after `me` has taken the VM for a start: the set must be empty, the run epoch grows.
 * `undefined` when this very attempt already did. HELD names the holder and since when.
 */
export function taken(
  uuid: string,
  run: Run | undefined,
  me: Incarnate,
  attempt: string,
  now: number,
): RunInput | undefined {
  const present = run ?? EMPTY;
  if (present.holders.some((holder) => isHolder(holder, me) && holder.attempt === attempt)) return undefined;
  refuseHeld(uuid, present.holders);
  const holder: Holder = { ...me, role: 'run', attempt, since: now };
  return { ...present, epoch: present.epoch + 1, holders: [holder] };
}

/**
 * The run record after `me` has joined as the receiving side of a live migration from `source`, another node, which must
 * be the only holder. `undefined` when this very attempt already did.
 */
export function joined(
  uuid: string,
  run: Run | undefined,
  migration: {
    readonly me: Incarnate;
    readonly source: string;
    readonly attempt: string;
    readonly now: number;
  },
): RunInput | undefined {
  const { me, source, attempt, now } = migration;
  const present = run ?? EMPTY;
  if (present.holders.some((holder) => isHolder(holder, me) && holder.attempt === attempt)) return undefined;
  const giver = present.holders.find((holder) => holder.node === source && holder.role === 'run');
  refuseHeld(
    uuid,
    present.holders.filter((holder) => holder !== giver),
  );
  if (giver === undefined || source === me.node)
    throw new DroverError('STORE_CONFLICT', {
      object: `VM ${uuid}`,
      reason: `${source} does not hold it for ${me.node} to receive`,
    });
  const holder: Holder = { ...me, role: 'incoming', attempt, since: now };
  return { ...present, holders: [...present.holders, holder] };
}

/**
 * The run record after the migration has switched over: the receiver, alone by now, runs it. `undefined` when it says so
 * already. HELD as long as the source has not left: there are never two that run.
 */
export function arrived(uuid: string, run: Run | undefined, me: Incarnate): RunInput | undefined {
  const present = run ?? EMPTY;
  const mine = present.holders.find((holder) => isHolder(holder, me));
  if (mine === undefined)
    throw new DroverError('STORE_CONFLICT', {
      object: `VM ${uuid}`,
      reason: `${me.node} is not among its holders, so it cannot have arrived there`,
    });
  if (mine.role === 'run') return undefined;
  const other = present.holders.find((holder) => holder !== mine);
  if (other !== undefined)
    throw new DroverError('HELD', { object: `VM ${uuid}`, reason: `${other.node} has not left it yet` });
  return { ...present, holders: [{ ...mine, role: 'run' }] };
}

/** The run record without `me`, and only `me`. `undefined` when it was not a holder. */
export function departed(run: Run | undefined, me: Incarnate, why: Departure): RunInput | undefined {
  if (run === undefined) return undefined;
  const boot = why.gone === 'boot' ? why.formerBoot : me.boot;
  if (why.gone === 'boot' && why.formerBoot === me.boot) return undefined;
  const holders = run.holders.filter((holder) => !isHolder(holder, { node: me.node, boot }));
  return holders.length === run.holders.length ? undefined : { ...run, holders };
}

/** The run record without a node that is confirmed off: that node only, under every boot. */
export function fenced(run: Run | undefined, node: string): RunInput | undefined {
  if (run === undefined) return undefined;
  const holders = run.holders.filter((holder) => holder.node !== node);
  return holders.length === run.holders.length ? undefined : { ...run, holders };
}

export function isHolder(holder: Holder, me: Incarnate): boolean {
  return holder.node === me.node && holder.boot === me.boot;
}

function refuseHeld(uuid: string, holders: readonly Holder[]): void {
  const [first] = holders;
  if (first === undefined) return;
  throw new DroverError('HELD', {
    object: `VM ${uuid}`,
    reason: `${first.node} holds it (${first.role}) since ${new Date(first.since).toISOString()}`,
    remedy: `stop it there, or confirm that ${first.node} is off`,
  });
}
