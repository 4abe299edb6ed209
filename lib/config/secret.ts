import { DroverError } from '../core/index.js';
import type { Files } from '../ports/index.js';

const HIDDEN = '[hidden]';

/**
 * A secret of the configuration: given in it, or in a file of its own that is read only when the secret is used. Printed,
 * logged or turned into JSON it shows where it comes from at most, never its value.
 */
export class Secret {
  /** The file that holds it, or undefined when the configuration does. */
  readonly file: string | undefined;
  readonly #value: string | undefined;

  private constructor(value: string | undefined, file: string | undefined) {
    this.#value = value;
    this.file = file;
  }

  static inFile(path: string): Secret {
    return new Secret(undefined, path);
  }

  static of(value: string): Secret {
    return new Secret(value, undefined);
  }

  /**
   * The value: the whole text of the file, without a line end at its end. Fails with CONFIG_INVALID when the file is
   * missing or empty.
   */
  async reveal(files: Files): Promise<string> {
    if (this.#value !== undefined) return this.#value;
    const path = this.file ?? '';
    const bytes = await files.read(path);
    const text = bytes === undefined ? '' : new TextDecoder().decode(bytes).replace(/\r?\n$/, '');
    if (text !== '') return text;
    throw new DroverError('CONFIG_INVALID', {
      object: path,
      reason: bytes === undefined ? 'the file of a secret does not exist' : 'the file of a secret is empty',
      remedy: 'write the secret into it, readable for root only',
    });
  }

  toString(): string {
    return this.file === undefined ? HIDDEN : `[in ${this.file}]`;
  }

  toJSON(): string {
    return this.toString();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}
