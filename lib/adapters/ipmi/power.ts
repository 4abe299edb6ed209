import { DroverError, isDroverError, LIMITS } from '../../core/index.js';
import { type Bmc, commandFailureOf, type Power, type Processes } from '../../ports/index.js';

/**
 * Cipher suite 3 is named because a search for the best one takes 10 s with some BMCs. A lost packet is sent again after
 * 1 s, and once more; the limit of the call comes before a third time.
 */
const LINK = ['-I', 'lanplus', '-C', '3', '-N', '1', '-R', '2'];

/** Machines' power switches behind IPMI 2.0, by `ipmitool`. */
export class IpmiPower implements Power {
  readonly #processes: Processes;

  constructor(processes: Processes) {
    this.#processes = processes;
  }

  async state(bmc: Bmc, signal?: AbortSignal): Promise<'on' | 'off'> {
    const said = (await this.#chassisPower(bmc, 'status', signal)).trim();
    const state = /^Chassis Power is (on|off)$/.exec(said)?.[1];
    if (state === 'on' || state === 'off') return state;
    const reason = `it said ${JSON.stringify(said.slice(0, 100))} instead of on or off`;
    throw new DroverError('POWER_UNREACHABLE', { object: objectOf(bmc), reason });
  }

  async off(bmc: Bmc, signal?: AbortSignal): Promise<void> {
    await this.#chassisPower(bmc, 'off', signal);
  }

  async on(bmc: Bmc, signal?: AbortSignal): Promise<void> {
    await this.#chassisPower(bmc, 'on', signal);
  }

  async #chassisPower(
    bmc: Bmc,
    word: 'status' | 'on' | 'off',
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const to = ['-H', bmc.host, '-p', String(bmc.port), '-U', bmc.user, '-E'];
    const command = {
      program: 'ipmitool',
      args: [...LINK, ...to, 'chassis', 'power', word],
      env: { IPMI_PASSWORD: bmc.password },
      limitMs: LIMITS.ipmiCallMs,
    };
    try {
      return (await this.#processes.run(command, signal)).stdout;
    } catch (error) {
      throw powerError(objectOf(bmc), error);
    }
  }
}

function objectOf({ host, port }: Bmc): string {
  return `BMC ${host}:${port}`;
}

function powerError(object: string, error: unknown): unknown {
  if (isDroverError(error, 'DEADLINE')) {
    const reason = `no answer within ${LIMITS.ipmiCallMs} ms`;
    return new DroverError('POWER_UNREACHABLE', { object, reason }, error);
  }
  const failure = commandFailureOf(error);
  if (failure === undefined) return error;
  const said = failure.stderr.replace(/[\p{C}\s]+/gu, ' ').trim();
  const reason = said === '' ? failure.message : said.slice(-200);
  // It let us in, and then said no: `Set Chassis Power Control to Down/Off failed: …`. All else comes before that.
  const refused = /^Set Chassis Power Control to \S+ failed: /m.test(failure.stderr);
  return new DroverError(refused ? 'POWER_REFUSED' : 'POWER_UNREACHABLE', { object, reason }, failure);
}
