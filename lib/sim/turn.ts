/**
 * Lets every micro-task that is due run out, and those they make, then calls `then`: the real event loop turns once, no
 * time passes. A callback and not a promise, as it is called for everything that ever happens.
 */
export function turn(then: () => void): void {
  setImmediate(then);
}
