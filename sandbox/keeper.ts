import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { createInterface } from 'node:readline';
import { DroverError } from '../lib/core/index.js';
import { readIfThere, SHELL, tailOf } from './files.js';
import { until } from './wait.js';

const STEP_LIMIT_MS = 20_000;

/**
 * The tool's side of shell/keeper.sh: a process in a session of its own that holds the sandbox's lock and dies, with
 * all of the sandbox, as soon as the socket to this process ends, unless it was released before.
 */
export class Keeper {
  readonly #directory: string;
  readonly #child: ChildProcess;
  readonly #socket: Duplex;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<unknown>;

  private constructor(directory: string) {
    this.#directory = directory;
    this.#child = spawn('bash', [join(SHELL, 'keeper.sh'), directory], {
      cwd: '/',
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    this.#socket = this.#child.stdio[3] as Duplex;
    // The other end may be gone at any moment; `said` and `end` tell that, not the socket.
    this.#socket.on('error', () => undefined);
    this.#lines = createInterface({ input: this.#socket })[Symbol.asyncIterator]();
    this.#ended = once(this.#child, 'close');
  }

  /** Takes the lock and makes the empty run directory. Fails with REFUSED when a sandbox lives there. */
  static async start(directory: string): Promise<Keeper> {
    const keeper = new Keeper(directory);
    const word = await keeper.#said('the lock');
    if (word === 'directory') return keeper;
    await keeper.end();
    throw new DroverError('REFUSED', {
      object: `sandbox ${directory}`,
      reason: word === 'busy' ? 'it is up already' : `its keeper said ${JSON.stringify(word)}`,
      remedy: 'take it down first, or choose another name',
    });
  }

  /** Starts the namespaces and returns, when the network is there, the process id of their unshare. */
  async go(): Promise<number> {
    this.#socket.write('g');
    const top = /^top (\d+)$/.exec(await this.#said('its start'))?.[1];
    const ready = top === undefined ? 'no process' : await this.#said('its network');
    if (ready === 'ready') return Number(top);
    throw new DroverError('COMMAND_FAILED', {
      object: `sandbox ${this.#directory}`,
      reason: `${ready}: ${await tailOf(join(this.#directory, 'log/init.log'))}`,
    });
  }

  /** From now on the sandbox outlives this process. */
  async release(): Promise<void> {
    await new Promise((resolve) => this.#socket.write('k', resolve));
    this.#socket.destroy();
    this.#child.unref();
  }

  /** Ends the sandbox and waits until nothing of it is left. */
  async end(): Promise<void> {
    this.#socket.destroy();
    await this.#ended;
  }

  async #said(what: string): Promise<string> {
    const stop = new AbortController();
    const late = AbortSignal.any([stop.signal, AbortSignal.timeout(STEP_LIMIT_MS)]);
    const silence = new Promise<never>((_, reject) => {
      late.addEventListener('abort', () => {
        const object = `keeper of ${this.#directory}`;
        reject(new DroverError('DEADLINE', { object, reason: `no word of ${what}` }));
      });
    });
    try {
      const next = await Promise.race([this.#lines.next(), silence]);
      return next.done === true ? 'nothing' : next.value;
    } finally {
      silence.catch(() => undefined);
      stop.abort();
    }
  }
}

/** The living keeper of a run directory: its process id and that of the sandbox's unshare. */
export async function keeperOf(directory: string): Promise<{ keeper: number; top: number } | undefined> {
  const keeper = Number(await readIfThere(join(directory, 'keeper.pid')));
  const top = Number(await readIfThere(join(directory, 'top.pid')));
  // A process id may have been used again: the command line tells.
  return alive(keeper, directory) && alive(top, directory) ? { keeper, top } : undefined;
}

/** Ends a released sandbox and waits until its keeper has removed everything. */
export async function endKeeperOf(directory: string): Promise<void> {
  const found = await keeperOf(directory);
  if (found === undefined) return;
  // PID 1, not unshare: unshare ends when the last process is gone, and the keeper waits for that.
  const children = readFileSync(`/proc/${found.top}/task/${found.top}/children`, 'utf8').trim();
  process.kill(Number(children === '' ? found.top : children), 'SIGKILL');
  await until(`the end of sandbox ${directory}`, { limitMs: 30_000, everyMs: 20 }, () =>
    Promise.resolve(!alive(found.keeper, directory)),
  );
}

function alive(pid: number, directory: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(directory);
  } catch {
    return false;
  }
}
