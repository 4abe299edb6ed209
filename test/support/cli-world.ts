import { run } from '../../cli/run.js';
import type { World } from '../../cli/world.js';
import type { Connection, Transport } from '../../lib/client/index.js';
import { SimClock } from '../../lib/sim/index.js';
import { memoryFiles } from './memory-files.js';

export const HOMES = { drover: '/home/me/.config/drover', pvc: '/home/me/.config/pvc' } as const;
export const STORE = `${HOMES.drover}/connections.json`;

export interface CliOptions {
  readonly files?: Readonly<Record<string, string>>;
  /** What the person says who is asked. */
  readonly says?: boolean;
  readonly connection?: string;
  readonly transport?: (connection: Connection) => Transport;
}

/** A command line in a world of its own: its files last from one call to the next. */
export function cli({ files = {}, says = false, connection, transport }: CliOptions = {}) {
  const kept = memoryFiles(files);
  const clock = new SimClock();
  const modes = new Map<string, number>();
  const questions: string[] = [];
  const drover = async (...args: string[]) => {
    const said = { out: '', err: '' };
    const world: World = {
      files: {
        ...kept,
        replace: (path, data, mode) => {
          modes.set(path, mode);
          return kept.replace(path, data, mode);
        },
      },
      out: (text) => void (said.out += text),
      err: (text) => void (said.err += text),
      confirm: (question) => {
        questions.push(question);
        return Promise.resolve(says);
      },
      clock,
      homes: HOMES,
      connection,
      ...(transport === undefined ? {} : { transport }),
    };
    const code = await run(args, world);
    return { code, ...said };
  };
  const text = async (path: string) => {
    const bytes = await kept.read(path);
    return bytes && new TextDecoder().decode(bytes);
  };
  return { drover, text, modes, questions, pass: (ms: number) => clock.advance(ms) };
}

/** A store file with one connection, `there`. */
export function storeWith(change: object = {}, more: object = {}): string {
  const there = { description: 'over there', host: 'api.test', port: 7370, scheme: 'https', token: 'T0K-en' };
  return JSON.stringify({ v: 1, connections: { there: { ...there, ...change } }, ...more });
}
