import { DroverError, type Log, messageOf } from '../core/index.js';
import type { Files, Mailer } from '../ports/index.js';
import type { RunSummary } from '../task/index.js';
import { bodyOf, hasFailed, subjectOf, textOf } from './summary.js';

type When = 'always' | 'failure';

/** A text that is read from its file when it is needed. */
interface Hidden {
  reveal(files: Files): Promise<string>;
}

/** Who is told, as the configuration has it. */
export interface ReportSettings {
  readonly mail:
    { readonly to: readonly string[]; readonly from: string | undefined; readonly when: When } | undefined;
  readonly webhook: { readonly url: Hidden; readonly when: When } | undefined;
  readonly ping: { readonly url: Hidden } | undefined;
}

export interface ReportWorld {
  readonly mailer: Mailer;
  readonly files: Files;
  readonly log: Log;
}

/** One mailbox, and nothing that could be read as more: no spaces, line ends, commas, angle brackets. */
const MAILBOX = /^[^\s@<>,;:"()[\]\\\p{C}]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/u;

/** BAD_INPUT for a text that is not one mailbox. */
export function mailbox(text: string): string {
  if (MAILBOX.test(text)) return text;
  throw new DroverError('BAD_INPUT', {
    object: `recipient ${JSON.stringify(text.slice(0, 100))}`,
    reason: 'it is not a mailbox such as ann@example.com',
  });
}

/**
 * Tells everybody of a run, each whatever becomes of the others. Returns who could not be told and why, a sentence each: a
 * report that is not taken never makes a run a failure.
 *
 * @param recipients get the mail in any case
 */
export async function report(
  { mailer, files, log }: ReportWorld,
  { mail, webhook, ping }: ReportSettings,
  summary: RunSummary,
  recipients: readonly string[] = [],
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const failed = hasFailed(summary);
  const wanted = (when: When) => when === 'always' || failed;
  const regular = mail !== undefined && wanted(mail.when) ? mail.to : [];
  const to = [...new Set([...regular, ...recipients])];
  const ways: { readonly name: string; readonly tell: () => Promise<void> }[] = [];
  if (to.length > 0)
    ways.push({
      name: 'mail',
      tell: async () =>
        mailer.mail(
          {
            to: to.map(mailbox),
            from: mail?.from,
            subject: subjectOf(summary),
            text: textOf(summary),
          },
          signal,
        ),
    });
  if (webhook !== undefined && wanted(webhook.when))
    ways.push({
      name: 'webhook',
      tell: async () => mailer.post(await webhook.url.reveal(files), bodyOf(summary), signal),
    });
  if (ping !== undefined && !failed)
    ways.push({ name: 'ping', tell: async () => mailer.ping(await ping.url.reveal(files), signal) });
  const told = await Promise.all(
    ways.map(async ({ name, tell }) => {
      try {
        // Also what a way throws before it begins, such as a recipient that is none.
        await tell();
        return undefined;
      } catch (error) {
        log.warn({ task: summary.task, way: name, err: error }, 'a report was not taken');
        return `${name}: ${messageOf(error)}`.slice(0, 500);
      }
    }),
  );
  return told.filter((why) => why !== undefined);
}
