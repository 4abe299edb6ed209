import { principal } from '../lib/adapters/host/index.js';
import { type KillPoint, messageOf, Scope } from '../lib/core/index.js';
import { type Ground, openGround } from './ground.js';
import { rootLog } from './log.js';
import { NO_ORDERS, type Orders, ordersOf, sourceOf } from './orders.js';
import { configurationOf, type ConfigurationSource } from './settings.js';

/** What a companion works with. */
export interface Companionship {
  readonly ground: Ground;
  /** The latest orders. */
  readonly orders: () => Orders;
  /** Calls `listener` whenever they have changed. */
  readonly onOrders: (listener: () => void) => void;
  /** Ends this companion: it has nothing in hand any more, and another run has taken over. */
  readonly end: (why: string) => void;
}

/** Begins the work of a companion, which lasts as long as its scope. */
export type Begin = (scope: Scope, companionship: Companionship) => Promise<void> | void;

/**
 * The main program of a companion of droverd: is told its configuration, does its work until it is told to end, or droverd is
 * gone. Exit codes: 0 ended as asked, 1 could not begin.
 *
 * @param killPoint only tests have one
 */
export async function runCompanion(name: string, begin: Begin, killPoint?: KillPoint): Promise<number> {
  const scope = new Scope(name);
  let orders = NO_ORDERS;
  const listeners: (() => void)[] = [];
  // Ctrl-C reaches the whole group: droverd says when its companions end.
  process.on('SIGINT', () => undefined);
  let configured: (source: ConfigurationSource) => void = () => undefined;
  const source = new Promise<ConfigurationSource>((resolve) => (configured = resolve));
  let end: (why: string) => void = () => undefined;
  const ended = new Promise<string>((resolve) => {
    end = resolve;
    process.once('SIGTERM', () => resolve('SIGTERM'));
    principal((message) => {
      const file = sourceOf(message);
      if (file !== undefined) configured(file);
      const said = ordersOf(message);
      if (said === undefined) return;
      if ('end' in said) {
        resolve('droverd says so');
        return;
      }
      orders = said;
      for (const listener of listeners) listener();
    }, resolve);
  });
  try {
    const told = await Promise.race([source, ended]);
    if (typeof told === 'string') return 0;
    const config = configurationOf(told);
    const log = rootLog(config.logging.level, { process: name });
    const ground = { ...(await openGround(scope, config, log)), ...(killPoint && { killPoint }) };
    await begin(scope, {
      ground,
      orders: () => orders,
      onOrders: (listener) => void listeners.push(listener),
      end,
    });
    log.info({}, `the ${name} is up`);
    const why = await ended;
    log.info({ why }, `the ${name} ends`);
    await scope.close(why);
    return 0;
  } catch (error) {
    process.stderr.write(`droverd ${name}: ${messageOf(error)}\n`);
    return 1;
  } finally {
    if (process.connected) process.disconnect();
  }
}
