import { createTransport } from 'nodemailer';
import { request } from 'undici';
import { DroverError, LIMITS, messageOf } from '../../core/index.js';
import type { Letter, Mailer, Processes } from '../../ports/index.js';

/** A mail server. */
export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  readonly tls: 'opportunistic' | 'required' | 'implicit';
  readonly login: { readonly username: string; readonly password: () => Promise<string> } | undefined;
}

/** A program that takes a mail as sendmail does. */
export interface SendmailSettings {
  readonly program: string;
  readonly processes: Processes;
}

/** Mail by SMTP or by a program of this machine, and calls by HTTP. */
export class HostMailer implements Mailer {
  readonly #way: SmtpSettings | SendmailSettings;
  readonly #host: string;

  /** @param host the name of this machine, for the sender */
  constructor(way: SmtpSettings | SendmailSettings, host: string) {
    this.#way = way;
    this.#host = host;
  }

  async mail(letter: Letter, signal?: AbortSignal): Promise<void> {
    if ('program' in this.#way) await this.#hand(this.#way, letter, signal);
    else await this.#send(this.#way, letter, signal);
  }

  /** The envelope stands in the arguments, behind `--`: no header and no address is taken for an option. */
  async #hand(
    { program, processes }: SendmailSettings,
    { to, from, subject, text }: Letter,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const sender = from ?? `drover@${this.#host}`;
    await about(`mail to ${to.join(', ')} by ${program}`, signal, async (limit) => {
      const composer = createTransport({ streamTransport: true, buffer: true, newline: 'unix' });
      const { message } = await composer.sendMail({ from: sender, to: [...to], subject, text });
      if (!Buffer.isBuffer(message)) throw new Error('the mail was not composed');
      const args = ['-i', '-f', sender, '--', ...to];
      await processes.run({ program, args, input: message, limitMs: LIMITS.reportMs }, limit);
    });
  }

  async #send(
    { host, port, tls, login }: SmtpSettings,
    { to, from, subject, text }: Letter,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const object = `mail to ${to.join(', ')} by ${host}:${port}`;
    const transport = createTransport({
      host,
      port,
      secure: tls === 'implicit',
      requireTLS: tls === 'required',
      // What is offered is used, whoever signed it: else nothing at all would be encrypted.
      tls: { rejectUnauthorized: tls !== 'opportunistic' },
      ...(login === undefined ? {} : { auth: { user: login.username, pass: await login.password() } }),
      connectionTimeout: LIMITS.reportMs,
      greetingTimeout: LIMITS.reportMs,
      socketTimeout: LIMITS.reportMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    await about(object, signal, async (limit) => {
      const stop = () => transport.close();
      limit.addEventListener('abort', stop, { once: true });
      try {
        const sending = transport.sendMail({
          from: from ?? `drover@${this.#host}`,
          to: [...to],
          subject,
          text,
        });
        const late = new Promise<never>((_, reject) => {
          limit.addEventListener('abort', () => reject(limit.reason as Error), { once: true });
        });
        const { rejected } = await Promise.race([sending, late]);
        if (rejected.length > 0) throw new Error(`not for ${rejected.map(nameOf).join(', ')}`);
      } finally {
        limit.removeEventListener('abort', stop);
        transport.close();
      }
    });
  }

  post(url: string, body: unknown, signal?: AbortSignal): Promise<void> {
    return call('webhook', url, signal, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  ping(url: string, signal?: AbortSignal): Promise<void> {
    return call('ping', url, signal, { method: 'GET' });
  }
}

async function call(
  object: string,
  url: string,
  signal: AbortSignal | undefined,
  options: {
    readonly method: 'GET' | 'POST';
    readonly headers?: Record<string, string>;
    readonly body?: string;
  },
): Promise<void> {
  await about(object, signal, async (limit) => {
    const { statusCode, body } = await request(url, { ...options, signal: limit });
    await body.dump();
    if (statusCode < 200 || statusCode > 299) throw new Error(`it was answered with ${statusCode}`);
  });
}

/** The address never stands in an error: it is a secret. */
async function about(
  object: string,
  signal: AbortSignal | undefined,
  work: (limit: AbortSignal) => Promise<void>,
): Promise<void> {
  signal?.throwIfAborted();
  const late = AbortSignal.timeout(LIMITS.reportMs);
  const limit = signal === undefined ? late : AbortSignal.any([signal, late]);
  try {
    await work(limit);
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    if (late.aborted) throw new DroverError('DEADLINE', { object, reason: `after ${LIMITS.reportMs} ms` });
    const reason = messageOf(error).replace(/https?:\/\/\S+/g, 'its address');
    throw new DroverError('REPORT_FAILED', { object, reason }, error);
  }
}

function nameOf(recipient: string | { readonly address: string }): string {
  return typeof recipient === 'string' ? recipient : recipient.address;
}
