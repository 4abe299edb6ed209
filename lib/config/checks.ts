/** What a schema cannot say: rules between keys, and rules about what a text means. */
import type { ConfigDocument, Partly } from '../../schemas/config.js';
import { checkApi, checkReport } from './check-api.js';
import { checkBackup, checkMirror, checkSchedules } from './check-data.js';
import { checkFencing } from './check-fencing.js';
import { checkNetworks } from './check-networks.js';
import { checkStore, checkTimes, checkTransport } from './check-store.js';
import type { Findings } from './findings.js';

const CHECKS = [
  checkNetworks,
  checkStore,
  checkTimes,
  checkTransport,
  checkFencing,
  checkApi,
  checkBackup,
  checkMirror,
  checkSchedules,
  checkReport,
];

/** Looks at whatever is sound of a document, so that its other errors hide none of these. */
export function checkRules(document: Partly<ConfigDocument>, findings: Findings): void {
  for (const check of CHECKS) check(document, findings);
}
