import type { Random } from '../core/index.js';

/**
 * A seeded generator: sfc32 (Chris Doty-Humphrey's Small Fast Counting), its state filled from the FNV-1a hash of the
 * seed. The same seed gives the same numbers on every machine.
 */
export class SimRandom implements Random {
  readonly seed: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number | string) {
    this.seed = String(seed);
    this.#a = fnv1a(`${this.seed}#a`);
    this.#b = fnv1a(`${this.seed}#b`);
    this.#c = fnv1a(`${this.seed}#c`);
    for (let round = 0; round < 16; round += 1) this.uint32();
  }

  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** A generator of its own for `name`: how much was drawn here before does not matter. */
  fork(name: string): SimRandom {
    return new SimRandom(`${this.seed}/${name}`);
  }
}

/** A number in `low` … `high`, `high` excluded. */
export function between(random: Random, low: number, high: number): number {
  return low + (random.uint32() / 0x1_0000_0000) * (high - low);
}

/** True with this probability, 0 … 1. */
export function chance(random: Random, probability: number): boolean {
  return between(random, 0, 1) < probability;
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}
