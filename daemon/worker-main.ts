import { beginWorker } from './begin-worker.js';
import { runCompanion } from './companion-main.js';

process.exitCode = await runCompanion('worker', beginWorker);
