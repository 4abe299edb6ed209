import { DroverError, LIMITS } from '../../core/index.js';
import type { Command, HypervisorCall, Processes } from '../../ports/index.js';
import { libvirtError } from './failures.js';

export interface VirshCall extends HypervisorCall {
  /** What it reads from `/dev/stdin`. */
  readonly input?: string;
  /** Lets it also print what is meant for people. */
  readonly talkative?: boolean;
}

/** Runs `virsh` against one libvirtd. */
export class Virsh {
  readonly processes: Processes;
  readonly #uri: string;

  constructor(processes: Processes, uri: string) {
    this.processes = processes;
    this.#uri = uri;
  }

  /** Returns what it printed. `object` is what an error is about. A single word may hold several commands, by `;`. */
  async run(object: string, words: readonly string[], call: VirshCall = {}): Promise<string> {
    try {
      return (await this.processes.run(this.command(words, call), call.signal)).stdout;
    } catch (error) {
      throw libvirtError(object, error);
    }
  }

  command(words: readonly string[], { input, talkative = false, limitMs }: VirshCall = {}): Command {
    const args = [...(talkative ? [] : ['-q']), '-c', this.#uri, ...words];
    const limits = { limitMs: limitMs ?? LIMITS.libvirtCallMs };
    if (input === undefined) return { program: 'virsh', args, ...limits };
    return { program: 'sh', args: ['-c', THROUGH_A_PIPE, 'virsh', ...args], input, ...limits };
  }
}

/** `/dev/stdin` can be opened only when it is a pipe; what a program is started with may be a socket. */
const THROUGH_A_PIPE = 'cat | virsh "$@"';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** `uuid` if it is one in lower case: virsh would take any other word for a number or a name. */
export function checkedUuid(uuid: string, kind = 'domain'): string {
  if (UUID.test(uuid)) return uuid;
  const object = `${kind} ${JSON.stringify(uuid.slice(0, 100))}`;
  throw new DroverError('BAD_INPUT', { object, reason: 'that is not a UUID in lower case' });
}
