import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KillPoint } from '../lib/core/index.js';

/** Below it, on a node: the name of the kill point at which the next program that comes by stops, and who has stopped. */
const DIRECTORY = '/run';
export const HALT_AT = `${DIRECTORY}/drover-halt-at`;
export const HALTED = `${DIRECTORY}/drover-halted`;
const LOOK_MS = 20;

/**
 * Stops at the kill point that {@link HALT_AT} names, with its process id in {@link HALTED}, until that file is gone. Whoever
 * tests does meanwhile whatever shall happen just there.
 */
export const haltWhereTold: KillPoint = async (name) => {
  if (!existsSync(HALT_AT) || readFileSync(HALT_AT, 'utf8').trim() !== name) return;
  writeFileSync(HALT_AT, String(process.pid));
  renameSync(HALT_AT, HALTED);
  while (existsSync(HALTED)) await sleep(LOOK_MS);
};
