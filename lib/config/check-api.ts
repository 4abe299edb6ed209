import type { ConfigDocument, Partly } from '../../schemas/config.js';
import { type Findings, itemsOf } from './findings.js';
import { ipv4, ipv4Range, isHostOf } from './ipv4.js';

const LOOPBACK = /^(?:127\.|::1$|localhost$)/;

/** Tokens are complete and different; what makes the API open or readable is said. */
export function checkApi(document: Partly<ConfigDocument>, findings: Findings): void {
  const api = document.api;
  if (api === undefined) return;
  const names = new Set<string>();
  const tokens = itemsOf(api.tokens);
  for (const [index, token] of tokens) {
    findings.secret(['api', 'tokens', index], token, 'token');
    if (token.name === undefined) continue;
    if (names.has(token.name)) {
      findings.wrong(
        ['api', 'tokens', index, 'name'],
        'another token has this name',
        'give each token its own',
      );
    }
    names.add(token.name);
  }
  const address = api.published_address;
  if (address !== undefined) {
    const range = ipv4Range(address);
    const host = ipv4(address.split('/')[0] ?? '');
    if (range === undefined || host === undefined || !isHostOf(range, host)) {
      findings.wrong(
        ['api', 'published_address'],
        `${address} is no address for a host`,
        'write one with the length of its network, such as 10.0.0.250/24',
      );
    }
  }
  const local = LOOPBACK.test(api.listen ?? '');
  if (api.authentication === 'off') {
    findings.advise(['api', 'authentication'], 'whoever reaches the port may do everything');
  } else if (tokens.length === 0) {
    findings.advise(['api', 'tokens'], 'without a token the API refuses every request that needs one');
  } else if (!local && api.tls === undefined) {
    findings.advise(['api', 'tls'], 'without it the tokens travel readable');
  }
}

/** Who is told can be reached with what is given. */
export function checkReport(document: Partly<ConfigDocument>, findings: Findings): void {
  const { mail, webhook, ping } = document.report ?? {};
  if (mail !== undefined) {
    findings.secret(['report', 'mail'], mail, 'password', !('username' in mail));
    if (!('username' in mail) && ('password' in mail || 'password_file' in mail)) {
      findings.key(['report', 'mail', 'username'], 'it is missing', 'add the user that the password is of');
    }
    if ('sendmail' in mail && 'username' in mail)
      findings.key(
        ['report', 'mail', 'sendmail'],
        'it is given beside a user of a mail server, and only one of both ways is used',
        'remove one of the two',
      );
  }
  if (webhook !== undefined) findings.secret(['report', 'webhook'], webhook, 'url');
  if (ping !== undefined) findings.secret(['report', 'ping'], ping, 'url');
}
