import { DroverError } from '../core/index.js';
import type { Letter, Mailer } from '../ports/index.js';

/** Keeps what it was told; refuses everything while `down`. */
export class SimMailer implements Mailer {
  readonly letters: Letter[] = [];
  readonly posts: { readonly url: string; readonly body: unknown }[] = [];
  readonly pings: string[] = [];
  down = false;

  mail(letter: Letter): Promise<void> {
    return this.#take('mail', () => this.letters.push(letter));
  }

  post(url: string, body: unknown): Promise<void> {
    return this.#take('webhook', () => this.posts.push({ url, body }));
  }

  ping(url: string): Promise<void> {
    return this.#take('ping', () => this.pings.push(url));
  }

  #take(object: string, keep: () => void): Promise<void> {
    if (this.down)
      return Promise.reject(new DroverError('REPORT_FAILED', { object, reason: 'nobody answers' }));
    keep();
    return Promise.resolve();
  }
}
