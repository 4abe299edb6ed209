import { HostFiles, principal } from '../lib/adapters/host/index.js';
import { CONFIG_FILE, loadConfiguration, requireConfiguration } from '../lib/config/index.js';
import { messageOf, Scope } from '../lib/core/index.js';
import { type Ground, openGround } from './ground.js';
import { rootLog } from './log.js';
import { NO_ORDERS, type Orders, ordersOf } from './orders.js';

/** What a companion works with. */
export interface Companionship {
  readonly ground: Ground;
  /** The latest orders. */
  readonly orders: () => Orders;
  /** Calls `listener` whenever they have changed. */
  readonly onOrders: (listener: () => void) => void;
}

/**
 * The main program of a companion of droverd, `MODULE [CONFIG_FILE]`: does its work until it is told to end, or droverd is
 * gone. Exit codes: 0 ended as asked, 1 could not begin.
 */
export async function runCompanion(
  name: string,
  begin: (scope: Scope, companionship: Companionship) => Promise<void> | void,
): Promise<number> {
  const path = process.argv[2] ?? CONFIG_FILE;
  const scope = new Scope(name);
  let orders = NO_ORDERS;
  const listeners: (() => void)[] = [];
  // Ctrl-C reaches the whole group: droverd says when its companions end.
  process.on('SIGINT', () => undefined);
  const ended = new Promise<string>((resolve) => {
    process.once('SIGTERM', () => resolve('SIGTERM'));
    principal((message) => {
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
    const config = requireConfiguration(await loadConfiguration(new HostFiles(), path), path);
    const log = rootLog(config.logging.level, { process: name });
    const ground = await openGround(scope, config, log);
    await begin(scope, {
      ground,
      orders: () => orders,
      onOrders: (listener) => void listeners.push(listener),
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
