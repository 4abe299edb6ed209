/** Lets every micro-task that is due run out, and those they make: the real event loop turns once, no time passes. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
