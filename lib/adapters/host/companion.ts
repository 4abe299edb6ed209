import { type ChildProcess, spawn } from 'node:child_process';
import { DroverError, messageOf } from '../../core/index.js';
import { locate } from './program.js';

export interface CompanionOptions {
  /** What it is called in messages. */
  readonly name: string;
  /** The module that it runs, by this Node. */
  readonly script: string;
  readonly args: readonly string[];
  /** Told what it says. Must not throw. */
  readonly onMessage: (message: unknown) => void;
}

/** How a companion ended, in words. */
export interface CompanionEnd {
  readonly how: string;
}

/**
 * Another program of ours beside this one, with a channel for messages in JSON. It writes to our own output and dies with us:
 * the kernel kills it (`setpriv --pdeathsig KILL`), and its channel ends.
 */
export class Companion {
  readonly ended: Promise<CompanionEnd>;
  readonly #process: ChildProcess;
  readonly #name: string;

  /** COMMAND_FAILED when the system refuses to start it; COMMAND_MISSING without `setpriv`. */
  constructor(options: CompanionOptions) {
    const { name, script, args, onMessage } = options;
    this.#name = name;
    const setpriv = locate('setpriv', process.env['PATH'] ?? '/usr/bin:/bin');
    const node = [process.execPath, '--enable-source-maps', script, ...args];
    this.#process = spawn(setpriv, ['--pdeathsig', 'KILL', '--', ...node], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: process.env,
    });
    this.#process.on('message', onMessage);
    this.ended = new Promise((resolve, reject) => {
      this.#process.once('error', (error) => reject(startFailure(name, error)));
      this.#process.once('exit', (code, signal) =>
        resolve({ how: signal === null ? `code ${String(code)}` : `signal ${signal}` }),
      );
    });
    // Whoever waits for the end hears of it; nobody else has to.
    this.ended.catch(() => undefined);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Says something to it; nothing when it is gone: then its end is told. */
  tell(message: object): void {
    if (!this.#process.connected) return;
    this.#process.send(message, (error) => {
      if (error !== null && this.#process.connected) this.#process.disconnect();
    });
  }

  /** Ends it for good. */
  kill(): void {
    this.#process.kill('SIGKILL');
  }

  toString(): string {
    return this.#name;
  }
}

/** The other end: what the program that was started as a companion hears of the one that started it. */
export interface Principal {
  /** Says something to it. */
  readonly tell: (message: object) => void;
}

/**
 * Listens to the program that started this one. `onEnd` is called once, when that one is gone or has let go of it.
 * REFUSED when this program was not started as a companion.
 */
export function principal(onMessage: (message: unknown) => void, onEnd: (reason: string) => void): Principal {
  if (process.send === undefined)
    throw new DroverError('REFUSED', {
      object: 'this program',
      reason: 'it is started by droverd, and has nobody to listen to',
      remedy: 'start droverd instead',
    });
  process.on('message', onMessage);
  process.once('disconnect', () => onEnd('droverd is gone'));
  return {
    tell: (message) => {
      if (process.connected) process.send?.(message);
    },
  };
}

function startFailure(name: string, error: unknown): DroverError {
  return new DroverError(
    'COMMAND_FAILED',
    { object: name, reason: `cannot be started: ${messageOf(error)}` },
    error,
  );
}
