#!/usr/bin/env node
/** The program `drover`: the real world put together with {@link run}. */
import { HostFiles } from '../lib/adapters/host/index.js';
import { run } from './run.js';

process.exitCode = await run(process.argv.slice(2), {
  files: new HostFiles(),
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
});
