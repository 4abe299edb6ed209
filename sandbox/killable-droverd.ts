/**
 * droverd as it is in production, but that it dies by SIGKILL at one cut of one step: `killable-droverd.js CONFIG POINT`.
 * Production has no such place: a daemon takes its kill point only from who composes it.
 */
import { startDaemon } from '../daemon/daemon.js';
import { openGround } from '../daemon/ground.js';
import { rootLog } from '../daemon/log.js';
import { readSource, Settings } from '../daemon/settings.js';
import { HostFiles } from '../lib/adapters/host/index.js';
import { Scope } from '../lib/core/index.js';

const [file = '', point = ''] = process.argv.slice(2);
const settings = new Settings(await readSource(new HostFiles(), file));
const scope = new Scope('droverd');
const ground = await openGround(scope, settings.current, rootLog('info'));
const killPoint = (name: string): Promise<void> | undefined => {
  if (name !== point) return undefined;
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => undefined);
};
await startDaemon(scope, { ...ground, killPoint }, settings);
