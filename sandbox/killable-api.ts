/** The API of a killable droverd. */
import { beginApi } from '../daemon/begin-api.js';
import { runCompanion } from '../daemon/companion-main.js';
import { haltWhereTold } from './halt.js';

process.exitCode = await runCompanion('api', beginApi, haltWhereTold);
