import type { Departure } from '../ownership/index.js';
import type { VmState } from './facts.js';

/** What one node can do about one VM. Each is guarded, and after each everything is read again. */
export type VmStep =
  /** Take the VM and create its process. */
  | { readonly kind: 'start' }
  /** Become a holder of a process that runs here and that nobody holds. */
  | { readonly kind: 'adopt' }
  /** Join as the receiving side of a live migration. */
  | { readonly kind: 'receive'; readonly source: string }
  /** Send the running VM to the node that has joined. */
  | { readonly kind: 'send'; readonly target: string }
  /** Say that the VM runs here now. */
  | { readonly kind: 'arrive' }
  /** Ask the guest to power off; once for one wish. */
  | { readonly kind: 'ask'; readonly word: 'shutdown' | 'restart' | 'migrate' }
  /** End the process. */
  | { readonly kind: 'destroy' }
  /** Take this node out of the holders: its process is gone. */
  | { readonly kind: 'leave'; readonly why: Departure }
  /** Write what is over what was wished, if nobody has wished anything else since. */
  | { readonly kind: 'report'; readonly state: VmState; readonly failedReason?: string }
  /** Give a migration up: the wish becomes what is. */
  | { readonly kind: 'abort'; readonly reason: string }
  /** Tidy up after a start: the reason of an earlier failure, edge words that are done. */
  | { readonly kind: 'settle' };
