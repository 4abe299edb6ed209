import { beginApi } from './begin-api.js';
import { runCompanion } from './companion-main.js';

process.exitCode = await runCompanion('api', beginApi);
