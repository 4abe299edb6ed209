import { DroverError, messageOf } from './errors.js';

/** What Node says of a certificate that it does not accept. */
const DISTRUST = /^(?:CERT_|DEPTH_ZERO_|ERR_TLS_CERT_|SELF_SIGNED_|UNABLE_TO_(?:GET_ISSUER|VERIFY_LEAF))/;

/** No answer came of an address: API_DISTRUSTED when its certificate is not good, otherwise API_UNREACHABLE. */
export function unanswered(object: string, error: unknown): DroverError {
  const code = DISTRUST.test(codeOf(error)) ? 'API_DISTRUSTED' : 'API_UNREACHABLE';
  return new DroverError(code, { object, reason: reasonOf(error) }, error);
}

function codeOf(error: unknown): string {
  const code = error instanceof Error ? (error as { readonly code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : '';
}

/** An error of several addresses has no message of its own. */
function reasonOf(error: unknown): string {
  return error instanceof AggregateError ? error.errors.map(messageOf).join('; ') : messageOf(error);
}
