/** The worker of a killable droverd. */
import { beginWorker } from '../daemon/begin-worker.js';
import { runCompanion } from '../daemon/companion-main.js';
import { haltWhereTold } from './halt.js';

process.exitCode = await runCompanion('worker', beginWorker, haltWhereTold);
