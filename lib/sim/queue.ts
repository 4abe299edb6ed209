/** Something that happens at a moment of virtual time. */
export interface Happening {
  /** Virtual milliseconds. */
  readonly at: number;
  /** Orders what happens at the same moment; `order` settles equal ties. */
  readonly tie: number;
  readonly order: number;
  /** Undefined once it is called off. */
  action: (() => void) | undefined;
}

/** A binary heap: the earliest first. */
export class HappeningQueue {
  readonly #heap: Happening[] = [];

  push(happening: Happening): void {
    let at = this.#heap.push(happening) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(at, parent)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** The earliest that still stands, without taking it. */
  peek(): Happening | undefined {
    while (this.#heap.length > 0 && this.#heap[0]?.action === undefined) this.#shift();
    return this.#heap[0];
  }

  pop(): Happening | undefined {
    const first = this.peek();
    if (first !== undefined) this.#shift();
    return first;
  }

  #shift(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      let least = this.#before(left, at) ? left : at;
      if (this.#before(left + 1, least)) least = left + 1;
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #before(one: number, other: number): boolean {
    const a = this.#heap[one];
    const b = this.#heap[other];
    if (a === undefined || b === undefined) return false;
    if (a.at !== b.at) return a.at < b.at;
    return a.tie === b.tie ? a.order < b.order : a.tie < b.tie;
  }

  #swap(one: number, other: number): void {
    const a = this.#heap[one];
    const b = this.#heap[other];
    if (a === undefined || b === undefined) return;
    this.#heap[one] = b;
    this.#heap[other] = a;
  }
}
