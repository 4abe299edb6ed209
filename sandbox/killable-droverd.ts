/**
 * droverd as it is in production, but that it can be stopped in the middle of its work: `killable-droverd.js CONFIG [POINT]`
 * dies by SIGKILL at that cut of a step; it and its companions halt where a test tells them ({@link haltWhereTold}). Production
 * has no such place: a daemon takes its kill point only from who composes it.
 */
import { fileURLToPath } from 'node:url';
import { companion } from '../daemon/accompany.js';
import { startDaemon } from '../daemon/daemon.js';
import { openGround } from '../daemon/ground.js';
import { rootLog } from '../daemon/log.js';
import { readSource, Settings } from '../daemon/settings.js';
import { HostFiles } from '../lib/adapters/host/index.js';
import { Scope } from '../lib/core/index.js';
import { haltWhereTold } from './halt.js';

const [file = '', point = ''] = process.argv.slice(2);
const settings = new Settings(await readSource(new HostFiles(), file));
const scope = new Scope('droverd');
const ground = await openGround(scope, settings.current, rootLog('info'));
const killPoint = (name: string): void | Promise<void> => {
  if (name !== point) return haltWhereTold(name);
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => undefined);
};
await startDaemon(
  scope,
  {
    ...ground,
    killPoint,
    companion: (name, source) =>
      companion(name, fileURLToPath(new URL(`./killable-${name}.js`, import.meta.url)), source),
  },
  settings,
);
