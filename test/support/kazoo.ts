/** A lock of Debian's python3-kazoo, in a process of its own: what PVC's tools lock with. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import type { LockKind } from '../../lib/pvc/index.js';

const ANSWER_MS = 60_000;

export class KazooLock {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;
  #complaint = '';

  constructor(endpoint: string, path: string, kind: LockKind) {
    const script = ['test/support/kazoo-locker.py', endpoint, path, kind];
    this.#child = spawn('setpriv', ['--pdeathsig', 'KILL', '/usr/bin/python3', ...script]);
    this.#child.stderr.on('data', (chunk: Buffer) => (this.#complaint += chunk.toString()));
    this.#reader = createInterface({ input: this.#child.stdout });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  /** Sends a line and resolves with the answer to it. */
  async ask(line: string): Promise<string> {
    this.#child.stdin.write(`${line}\n`);
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), ANSWER_MS);
    const answer = await this.#lines.next();
    clearTimeout(timer);
    if (answer.done === true) throw new Error(`no answer to ${line}: ${this.#complaint}`);
    return answer.value;
  }

  /** Ends the process as a crash does: its session lives on until it times out. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
    this.#reader.close();
  }
}
