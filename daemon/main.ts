#!/usr/bin/env node
import { HostFiles } from '../lib/adapters/host/index.js';
import { CONFIG_FILE, loadConfiguration, requireConfiguration } from '../lib/config/index.js';
import { messageOf, Scope } from '../lib/core/index.js';
import { startDaemon } from './daemon.js';
import { openGround } from './ground.js';
import { rootLog } from './log.js';

/** `droverd [CONFIG_FILE]`: runs until SIGTERM or SIGINT. Exit codes: 0 ended as asked, 1 could not start. */
async function main(configFile: string): Promise<number> {
  const config = requireConfiguration(await loadConfiguration(new HostFiles(), configFile), configFile);
  const log = rootLog(config.logging.level);
  const scope = new Scope('droverd');
  const asked = new Promise<string>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });
  const started = openGround(scope, config, log)
    .then((ground) => startDaemon(scope, ground, { configFile }))
    .then(() => log.info({}, 'droverd is up'));
  const end = await Promise.race([asked, started.then(() => asked)]);
  log.info({ signal: end }, 'droverd ends; VMs run on');
  await scope.close(end);
  return 0;
}

process.exitCode = await main(process.argv[2] ?? CONFIG_FILE).catch((error: unknown) => {
  process.stderr.write(`droverd: ${messageOf(error)}\n`);
  return 1;
});
