import type { Asked, UseCases } from '../../lib/usecase/index.js';

/** One call of a use case, without who asked. */
export interface Recording {
  readonly what: string;
  readonly args: readonly unknown[];
}

/** Use cases that write down what they were asked, and answer with `answers`: a thrown error when it is one. */
export class RecordingUseCases {
  readonly calls: Recording[] = [];
  readonly asked: Asked[] = [];
  answer: unknown = 'Done.';

  #noticed: (asked: Asked) => void = () => undefined;

  /** Who asks next. */
  next(): Promise<Asked> {
    return new Promise((resolve) => {
      this.#noticed = resolve;
    });
  }

  /** From now on every call waits until it is released with its answer. */
  hold(): { release: (answer: string) => void } {
    let release: (answer: string) => void = () => undefined;
    this.answer = new Promise<string>((resolve) => {
      release = resolve;
    });
    return { release };
  }

  /** Every method of every group is one that records. */
  readonly useCases = new Proxy({} as UseCases, {
    get: (_, group: string) =>
      new Proxy(
        {},
        {
          get:
            (_inner, method: string) =>
            (asked: Asked, ...args: unknown[]): Promise<unknown> => {
              this.asked.push(asked);
              this.#noticed(asked);
              this.calls.push({ what: `${group}.${method}`, args });
              return this.answer instanceof Error
                ? Promise.reject(this.answer)
                : Promise.resolve(this.answer);
            },
        },
      ),
  });
}
