import type { WireReply } from './transport.js';

/** The API answered and said no. Its message is the API's own sentence, which names object, cause and remedy. */
export class Refused extends Error {
  /** HTTP status, 300 to 599. */
  readonly status: number;
  /** What is wrong with each argument, by its name; empty when the arguments were understood. */
  readonly complaints: Readonly<Record<string, string>>;

  constructor(status: number, message: string, complaints: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'Refused';
    this.status = status;
    this.complaints = complaints;
  }
}

/** True when the API said no, and with one of these statuses when any are given. */
export function isRefused(error: unknown, ...statuses: number[]): error is Refused {
  return error instanceof Refused && (statuses.length === 0 || statuses.includes(error.status));
}

/** What the API said instead of doing it. */
export function refusedBy({ status, text }: WireReply): Refused {
  const message = messageIn(text);
  if (typeof message === 'string') return new Refused(status, message);
  if (typeof message === 'object' && message !== null) {
    const complaints = Object.fromEntries(
      Object.entries(message).map(([name, said]) => [name, String(said)]),
    );
    const sentence = Object.entries(complaints).map(([name, said]) => `${name}: ${said}`);
    return new Refused(status, sentence.join(' '), complaints);
  }
  const beginning = text.trim().slice(0, 200);
  return new Refused(status, beginning === '' ? `The API answered ${status} without a word.` : beginning);
}

function messageIn(text: string): unknown {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null && 'message' in body ? body.message : undefined;
  } catch {
    return undefined;
  }
}
