import { DroverError, LIMITS } from '../../core/index.js';
import type { CallOptions } from '../../ports/index.js';
import type { SimProcess } from '../process.js';
import type { Connection } from './connection.js';

export interface Request<T> {
  /** What an error names. */
  readonly object: string;
  /** A write: sent at most once, and when no answer comes nobody knows its outcome. A read is asked again instead. */
  readonly write: boolean;
  readonly options: CallOptions | undefined;
  /** Runs at the service. */
  readonly serve: (connection: Connection, answer: (value: T) => void) => void;
}

interface Call {
  readonly write: boolean;
  send(connection: Connection): void;
  fail(error: Error): void;
  /** A write was sent and will not be answered. */
  unknown(reason: string, cause?: unknown): void;
}

/** The calls of one client that wait for an answer. */
export class Calls {
  readonly #process: SimProcess;
  readonly #open = new Set<Call>();

  constructor(process: SimProcess) {
    this.#process = process;
  }

  /** Sends the request, now or with the next connection, and settles by its answer, deadline or signal. */
  ask<T>(request: Request<T>, connection: Connection | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const { object, options } = request;
      const { signal, deadlineMs = LIMITS.storeCallMs } = options ?? {};
      const call: Call = {
        write: request.write,
        send: (on) =>
          on.ask<T>(
            (answer) => request.serve(on, answer),
            (value) => {
              if (end()) resolve(value);
            },
          ),
        fail: (error) => {
          if (end()) reject(error);
        },
        unknown: (reason, cause) =>
          call.fail(new DroverError('STORE_OUTCOME_UNKNOWN', { object, reason }, cause)),
      };
      const abort = () => {
        if (request.write) call.unknown('cancelled while it was on its way', signal?.reason);
        else call.fail(signal?.reason as Error);
      };
      const late = `no answer within ${deadlineMs} ms`;
      const alarm = this.#process.clock.after(deadlineMs, () => {
        if (request.write) call.unknown(late);
        else call.fail(new DroverError('DEADLINE', { object, reason: late }));
      });
      const end = () => {
        alarm.cancel();
        signal?.removeEventListener('abort', abort);
        return this.#open.delete(call);
      };
      this.#open.add(call);
      signal?.addEventListener('abort', abort, { once: true });
      if (connection !== undefined) call.send(connection);
    });
  }

  /** A new connection: what can be asked again is. */
  connected(connection: Connection): void {
    for (const call of this.#open) call.send(connection);
  }

  disconnected(): void {
    for (const call of this.#open) if (call.write) call.unknown('the connection broke before its reply');
  }

  /** No connection will come any more. */
  closed(): void {
    for (const call of this.#open) {
      if (call.write) call.unknown('the client was closed before its reply');
      else call.fail(new DroverError('STORE_UNAVAILABLE', { object: 'store', reason: 'it was closed' }));
    }
  }
}
