import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DroverError } from '../lib/core/index.js';
import { checkout } from './files.js';
import type { Ground } from './ground.js';

export interface DroverAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const PROGRAM = 'dist/sandbox/drover-server.js';
const LIMIT_MS = 180_000;

/** The command `drover` on a node, at hand: it is started once, and runs as often as it is asked to. */
export class DroverShell {
  readonly #sandbox: Ground;
  readonly #node: string;
  readonly #pending = new Map<number, (answer: DroverAnswer | Error) => void>();
  #child: ChildProcess | undefined;
  #asked = 0;

  constructor(sandbox: Ground, node: string) {
    this.#sandbox = sandbox;
    this.#node = node;
  }

  /** Any exit code is an answer. DEADLINE after three minutes; COMMAND_FAILED when it dies, as with the power of the node. */
  async run(args: readonly string[]): Promise<DroverAnswer> {
    const child = (this.#child ??= this.#start());
    this.#asked += 1;
    const id = this.#asked;
    const object = `drover ${args.join(' ')} on ${this.#node}`;
    return await new Promise<DroverAnswer>((resolve, reject) => {
      const late = setTimeout(() => {
        this.#pending.delete(id);
        reject(new DroverError('DEADLINE', { object, reason: `no answer in ${LIMIT_MS} ms` }));
      }, LIMIT_MS);
      this.#pending.set(id, (answer) => {
        clearTimeout(late);
        this.#pending.delete(id);
        if (answer instanceof Error)
          reject(new DroverError('COMMAND_FAILED', { object, reason: answer.message }));
        else resolve(answer);
      });
      child.stdin?.write(`${JSON.stringify({ id, args })}\n`);
    });
  }

  #start(): ChildProcess {
    const child = this.#sandbox.spawnNode(this.#node, join(checkout(), PROGRAM), [], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin?.on('error', () => undefined);
    if (child.stdout !== null)
      createInterface({ input: child.stdout }).on('line', (line) => {
        const { id, ...answer } = JSON.parse(line) as DroverAnswer & { readonly id: number };
        this.#pending.get(id)?.(answer);
      });
    child.once('exit', (code, signal) => {
      this.#child = undefined;
      for (const told of this.#pending.values())
        told(new Error(`it ended with ${code ?? signal ?? 'nothing'}`));
    });
    return child;
  }
}
