import type { ConfigurationSource } from './settings.js';

/** What droverd tells its companions: the whole of it, whenever some of it has changed. */
export interface Orders {
  /** The epoch that this node leads in; undefined while it does not lead. */
  readonly epoch?: number | undefined;
  /** Whether anything new may be begun: this node is registered and trusts the tree. */
  readonly mayBegin: boolean;
  /** Another run has taken over: end as soon as nothing is in hand. */
  readonly drain?: boolean;
}

/** The word to end. */
export const END = { end: true } as const;

/** Another run has taken over. */
export const DRAIN = { mayBegin: false, drain: true } as const;

/** Nothing may be done yet. */
export const NO_ORDERS: Orders = { mayBegin: false };

/** What a message says; undefined for one that is no orders. */
export function ordersOf(message: unknown): Orders | typeof END | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  if ('end' in message && message.end === true) return END;
  if (!('mayBegin' in message) || typeof message.mayBegin !== 'boolean') return undefined;
  const epoch = 'epoch' in message && typeof message.epoch === 'number' ? message.epoch : undefined;
  const drain = 'drain' in message && message.drain === true;
  return { mayBegin: message.mayBegin, epoch, ...(drain && { drain }) };
}

/** The configuration that a companion works by, if that is what a message brings: the first one does. */
export function sourceOf(message: unknown): ConfigurationSource | undefined {
  if (typeof message !== 'object' || message === null || !('file' in message) || !('text' in message))
    return undefined;
  const { file, text } = message;
  return typeof file === 'string' && typeof text === 'string' ? { file, text } : undefined;
}
