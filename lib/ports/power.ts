/**
 * The power switch of other machines. A call ends within `LIMITS.ipmiCallMs`. It fails with POWER_UNREACHABLE when the BMC
 * does not answer in that time or does not let us in, and with CANCELLED.
 */
export interface Power {
  /** What the BMC says. */
  state(bmc: Bmc, signal?: AbortSignal): Promise<'on' | 'off'>;
  /**
   * Orders the change; whether it happened is for {@link state} to say, also after an error. May be ordered twice.
   * POWER_REFUSED when the BMC says no.
   */
  off(bmc: Bmc, signal?: AbortSignal): Promise<void>;
  on(bmc: Bmc, signal?: AbortSignal): Promise<void>;
}

export interface Bmc {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}
