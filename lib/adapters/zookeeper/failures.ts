import { DroverError } from '../../core/index.js';
import { CODE, codeText } from './codes.js';

/** What a failure is about: `read /a/b`, and whether it would have written. */
export interface Subject {
  readonly object: string;
  readonly kind: 'read' | 'write';
}

/** The server's refusal of a whole request. The refusal of one operation in a transaction is a conflict instead. */
export function refusal(subject: Subject, code: number): DroverError {
  const { object } = subject;
  const reason = `the server answered ${codeText(code)}`;
  switch (code) {
    case CODE.noAuth:
    case CODE.authFailed:
    case CODE.invalidAcl:
      return new DroverError('STORE_DENIED', { object, reason });
    case CODE.sessionExpired:
      return new DroverError('STORE_SESSION_LOST', { object, reason });
    case CODE.sessionMoved:
    case CODE.throttled:
      return new DroverError('STORE_UNAVAILABLE', { object, reason: `${reason} and did nothing` });
    case CODE.badArguments:
      return new DroverError('BAD_INPUT', { object, reason });
    default:
      return new DroverError('STORE_PROTOCOL', { object, reason });
  }
}

/** The time is over. What that means for a write depends on whether it was sent. */
export function deadline(subject: Subject, ms: number, sent: boolean): DroverError {
  const { object } = subject;
  if (subject.kind === 'read')
    return new DroverError('DEADLINE', { object, reason: `not answered within ${ms} ms` });
  return sent
    ? unknown(subject, `no answer within ${ms} ms`)
    : new DroverError('STORE_UNAVAILABLE', { object, reason: `not sent within ${ms} ms` });
}

/** Its signal aborted. A write that is on its way cannot be called back. */
export function cancelled(subject: Subject, cause: unknown, sent: boolean): DroverError {
  if (subject.kind === 'write' && sent) return unknown(subject, 'cancelled before its answer came', cause);
  return new DroverError('CANCELLED', { object: subject.object, reason: 'its signal aborted' }, cause);
}

export function unknown(subject: Subject, reason: string, cause?: unknown): DroverError {
  return new DroverError('STORE_OUTCOME_UNKNOWN', { object: subject.object, reason }, cause);
}

export function offline(subject: Subject): DroverError {
  const reason = 'no server is connected, nothing was sent';
  return new DroverError('STORE_UNAVAILABLE', { object: subject.object, reason });
}

export function closed(subject: Subject): DroverError {
  return new DroverError('STORE_UNAVAILABLE', {
    object: subject.object,
    reason: 'this store was closed, nothing was sent',
    remedy: 'open a new one',
  });
}

export function sessionGone(subject: Subject, session: string): DroverError {
  return new DroverError('STORE_SESSION_LOST', {
    object: subject.object,
    reason: `session ${session} is not the present one, nothing was sent`,
  });
}
