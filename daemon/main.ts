#!/usr/bin/env node
import { HostFiles, ServiceManager } from '../lib/adapters/host/index.js';
import { CONFIG_FILE } from '../lib/config/index.js';
import { type Log, messageOf, Scope } from '../lib/core/index.js';
import { type Daemon, startDaemon } from './daemon.js';
import { openGround } from './ground.js';
import { rootLog } from './log.js';
import { readSource, Settings } from './settings.js';

/** `droverd [CONFIG_FILE]`: runs until SIGTERM or SIGINT. Exit codes: 0 ended as asked, 1 could not start. */
async function main(configFile: string): Promise<number> {
  const settings = new Settings(await readSource(new HostFiles(), configFile));
  const config = settings.current;
  const log = rootLog(config.logging.level);
  const scope = new Scope('droverd');
  const asked = new Promise<string>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });
  const ground = await openGround(scope, config, log);
  const manager = new ServiceManager({ ...ground, environment: process.env, pid: process.pid });
  const started = startDaemon(scope, ground, settings).then(async (daemon) => {
    log.info({}, 'droverd is up');
    process.on('SIGHUP', () => void reload({ settings, manager, daemon, log }));
    await manager.ready();
    manager.feed(scope, () => daemon.illness());
  });
  const end = await Promise.race([asked, started.then(() => asked)]);
  log.info({ signal: end }, 'droverd ends; VMs run on');
  await manager.stopping();
  await scope.close(end);
  return 0;
}

interface Reload {
  readonly settings: Settings;
  readonly manager: ServiceManager;
  readonly daemon: Daemon;
  readonly log: Log;
}

/** Takes over a changed file. One that is not sound changes nothing, and the log says what is wrong with it. */
async function reload({ settings, manager, daemon, log }: Reload): Promise<void> {
  const configFile = settings.source.file;
  await manager.reloading();
  try {
    const waiting = settings.take(await readSource(new HostFiles(), configFile));
    daemon.reload();
    log.info({ configFile }, 'the configuration was read again');
    if (waiting.length > 0) log.warn({ sections: waiting }, 'these sections have changed: restart droverd');
  } catch (error) {
    log.error({ err: error, configFile }, 'the configuration stays as it was');
  }
  await manager.ready();
}

process.exitCode = await main(process.argv[2] ?? CONFIG_FILE).catch((error: unknown) => {
  process.stderr.write(`droverd: ${messageOf(error)}\n`);
  return 1;
});
