#!/usr/bin/env node
/** The program `drover`: the real world put together with {@link run}. */
import { createInterface } from 'node:readline/promises';
import { HostClock, HostFiles } from '../lib/adapters/host/index.js';
import { run } from './run.js';

const { env } = process;
const configs = env['XDG_CONFIG_HOME'] ?? `${env['HOME'] ?? ''}/.config`;

process.exitCode = await run(process.argv.slice(2), {
  files: new HostFiles(),
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  confirm,
  clock: new HostClock(),
  homes: {
    drover: env['DROVER_HOME'] ?? `${configs}/drover`,
    pvc: env['PVC_CLIENT_DIR'] ?? `${env['HOME'] ?? ''}/.config/pvc`,
  },
  connection: env['DROVER_CONNECTION'],
});

async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    process.stderr.write('drover: there is nobody to ask: give -y\n');
    return false;
  }
  const line = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await line.question(`${question}? [y/N] `)).trim());
  } finally {
    line.close();
  }
}
