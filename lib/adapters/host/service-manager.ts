import type { Clock, Processes } from '../../ports/index.js';
import { LIMITS, type Log, type Scope } from '../../core/index.js';

/** What systemd gave this program along: `NOTIFY_SOCKET`, `WATCHDOG_USEC`, `WATCHDOG_PID` of systemd.service(5), sd_notify(3). */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface ServiceManagerOptions {
  readonly processes: Processes;
  readonly clock: Clock;
  readonly log: Log;
  readonly environment: Environment;
  /** This process: systemd's watchdog may be meant for another one. */
  readonly pid: number;
}

/**
 * Tells systemd how this service is, by `systemd-notify`; nothing when no service manager listens. A word that cannot be
 * told is logged and nothing more: VMs come first.
 */
export class ServiceManager {
  readonly #options: ServiceManagerOptions;

  constructor(options: ServiceManagerOptions) {
    this.#options = options;
  }

  ready(): Promise<void> {
    return this.#tell('READY=1', 'STATUS=this node takes part in the cluster');
  }

  /** Between this and {@link ready} the configuration is read again. */
  reloading(): Promise<void> {
    const microseconds = Math.floor(this.#options.clock.monotonic() * 1000);
    return this.#tell('RELOADING=1', `MONOTONIC_USEC=${microseconds}`);
  }

  stopping(): Promise<void> {
    return this.#tell('STOPPING=1');
  }

  /** Milliseconds within which systemd wants to hear that the service is well; undefined when it does not. */
  get watchdogMs(): number | undefined {
    const { environment, pid } = this.#options;
    const { WATCHDOG_USEC: microseconds, WATCHDOG_PID: meant } = environment;
    if (meant !== undefined && Number(meant) !== pid) return undefined;
    const ms = Number(microseconds ?? NaN) / 1000;
    return Number.isFinite(ms) && ms > 0 ? ms : undefined;
  }

  /**
   * Says three times in the watchdog's time that the service is well, while it is: `illness` says why not. A service that is
   * ill is silent, and systemd starts it anew; so is one whose event loop stands.
   */
  feed(scope: Scope, illness: () => string | undefined): void {
    const { watchdogMs } = this;
    if (watchdogMs === undefined) return;
    scope
      .run((signal) => this.#feed(watchdogMs / 3, illness, signal))
      .catch((error: unknown) => {
        if (!scope.closed) this.#options.log.error({ err: error }, 'the watchdog is not fed any more');
      });
  }

  async #feed(everyMs: number, illness: () => string | undefined, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    for (;;) {
      const why = illness();
      if (why === undefined) await this.#tell('WATCHDOG=1');
      else log.error({ why }, 'this daemon is ill: the watchdog is not fed');
      await clock.sleep(everyMs, signal);
    }
  }

  async #tell(...words: readonly string[]): Promise<void> {
    const { processes, environment, log } = this.#options;
    const { NOTIFY_SOCKET: socket } = environment;
    if (socket === undefined || socket === '') return;
    try {
      await processes.run({
        program: 'systemd-notify',
        args: words,
        env: { NOTIFY_SOCKET: socket },
        limitMs: LIMITS.serviceManagerMs,
      });
    } catch (error) {
      log.warn({ err: error, words }, 'systemd could not be told');
    }
  }
}
