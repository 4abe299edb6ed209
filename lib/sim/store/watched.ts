import type { Stat, Watch } from '../../ports/index.js';
import type { Connection } from './connection.js';

/** Asks the service for the present state; `wake` is called once when there is a newer one. */
export type Look<T> = (
  connection: Connection,
  wake: () => void,
  answer: (value: T | undefined) => void,
) => void;

/** The client's side of one watch: reads again whenever it is woken, and delivers what differs. */
export class Watched<T extends { readonly stat: Stat }> implements Watch {
  readonly #look: Look<T>;
  readonly #identity: (stat: Stat) => string;
  readonly #listener: (value: T | undefined) => void;
  readonly #forget: (watch: Watched<T>) => void;
  #delivered: string | undefined;
  #closed = false;

  constructor(
    look: Look<T>,
    identity: (stat: Stat) => string,
    listener: (value: T | undefined) => void,
    forget: (watch: Watched<T>) => void,
  ) {
    this.#look = look;
    this.#identity = identity;
    this.#listener = listener;
    this.#forget = forget;
  }

  /** Once with each new connection, and then whenever that one wakes it. */
  look(connection: Connection): void {
    if (this.#closed) return;
    connection.ask<T | undefined>(
      (answer) => this.#look(connection, () => this.look(connection), answer),
      (value) => this.#deliver(value),
    );
  }

  close(): void {
    this.#closed = true;
    this.#forget(this);
  }

  #deliver(value: T | undefined): void {
    const identity = value === undefined ? 'nothing' : this.#identity(value.stat);
    if (this.#closed || identity === this.#delivered) return;
    this.#delivered = identity;
    this.#listener(value);
  }
}
