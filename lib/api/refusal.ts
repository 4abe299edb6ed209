import { asDroverError, DroverError, type Log } from '../core/index.js';
import { singleQuotes } from './route.js';

export interface Refusal {
  readonly status: number;
  readonly body: { readonly message: string | Readonly<Record<string, string>> };
}

/** Arguments that are missing or wrong: a sentence for each, by its name. */
export class BadArguments extends Error {
  readonly complaints: Readonly<Record<string, string>>;

  constructor(complaints: Readonly<Record<string, string>>) {
    super(`not understood: ${Object.keys(complaints).join(', ')}`);
    this.name = 'BadArguments';
    this.complaints = complaints;
  }
}

/** A body of a form that no route takes. */
export class UnknownForm extends Error {
  readonly statusCode = 415;

  constructor() {
    super('body: not understood: its Content-Type is another (send application/x-www-form-urlencoded)');
    this.name = 'UnknownForm';
  }
}

/**
 * What to answer to an error. Those of the table tell themselves; what the server refuses before a handler (a body that
 * is too large or of another form) keeps its status; anything else is ours, is logged whole, and tells only its request.
 */
export function refusalOf(error: unknown, request: string, log: Log): Refusal {
  if (error instanceof BadArguments) return { status: 400, body: { message: error.complaints } };
  if (error instanceof DroverError && error.code !== 'INTERNAL') return saying(error);
  const status = serverStatus(error);
  if (status !== undefined && error instanceof Error)
    return { status, body: { message: singleQuotes(error.message) } };
  log.error({ request, error }, 'a request failed for a reason of our own');
  const cause = asDroverError(error, `request ${request}`);
  return saying(
    new DroverError(
      'INTERNAL',
      {
        object: `request ${request}`,
        reason: 'Drover made a mistake',
        remedy: `report it with the lines of the log that name ${request}`,
      },
      cause,
    ),
  );
}

function saying(error: DroverError): Refusal {
  return { status: error.status, body: { message: singleQuotes(error.message) } };
}

/** The status of an error that fastify made of a request, 400 to 499. */
function serverStatus(error: unknown): number | undefined {
  const status = error instanceof Error ? (error as { readonly statusCode?: unknown }).statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}
