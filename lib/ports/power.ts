/** The power switch of other machines. */
export interface Power {
  /** What the BMC says. POWER_UNREACHABLE when it does not answer or does not let us in. */
  state(bmc: Bmc, signal?: AbortSignal): Promise<'on' | 'off'>;
  /** Orders the change; whether it happened is for {@link state} to say. May be ordered twice. */
  off(bmc: Bmc, signal?: AbortSignal): Promise<void>;
  on(bmc: Bmc, signal?: AbortSignal): Promise<void>;
}

export interface Bmc {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}
