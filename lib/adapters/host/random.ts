import { randomInt } from 'node:crypto';
import type { Random } from '../../core/index.js';

/** The machine's own generator. */
export class HostRandom implements Random {
  uint32(): number {
    return randomInt(0x1_0000_0000);
  }
}
