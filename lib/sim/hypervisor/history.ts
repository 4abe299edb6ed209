/** One process of a domain, from its start to its end. Times are virtual. */
export interface Lifetime {
  readonly uuid: string;
  readonly node: string;
  readonly pid: number;
  readonly fromMs: number;
  /** Infinity while it lives. */
  toMs: number;
  /** The process that it takes over from: the two of a migration count as one. */
  readonly incomingOf: Lifetime | undefined;
  /** When its processors ran; the last one's end is Infinity while they do. */
  readonly running: { readonly fromMs: number; toMs: number }[];
}

/** Every process that any domain ever had, for a checker. */
export class LifetimeHistory {
  readonly #lifetimes: Lifetime[] = [];

  get lifetimes(): readonly Lifetime[] {
    return this.#lifetimes;
  }

  add(lifetime: Lifetime): void {
    this.#lifetimes.push(lifetime);
  }

  /** A VM has at most one process, a migration's pair counting as one, and never runs in two at once. */
  violations(): string[] {
    return this.#lifetimes.flatMap((one, index) =>
      this.#lifetimes
        .slice(0, index)
        .filter((other) => other.uuid === one.uuid)
        .flatMap((other) => together(other, one)),
    );
  }
}

function together(one: Lifetime, other: Lifetime): string[] {
  const what = `domain ${one.uuid}: processes ${shown(one)} and ${shown(other)}`;
  const paired = one.incomingOf === other || other.incomingOf === one;
  if (!paired && overlap(one, other)) return [`${what} lived at once`];
  const ranAtOnce = one.running.some((span) => other.running.some((its) => overlap(span, its)));
  return ranAtOnce ? [`${what} ran at once`] : [];
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

function overlap(one: Span, other: Span): boolean {
  return one.fromMs < other.toMs && other.fromMs < one.toMs;
}

function shown({ node, pid, fromMs, toMs }: Lifetime): string {
  return `${pid} on ${node} (${fromMs.toFixed(1)} to ${toMs.toFixed(1)} ms)`;
}
