/** The converted values by the key of PVC's, for those that go in together with others. */
export class Values {
  readonly #values = new Map<string, unknown>();

  set(key: string, value: unknown): void {
    this.#values.set(key, value);
  }

  text(key: string): string | undefined {
    const value = this.#values.get(key);
    return typeof value === 'string' ? value : undefined;
  }

  number(key: string): number | undefined {
    const value = this.#values.get(key);
    return typeof value === 'number' ? value : undefined;
  }

  flag(key: string): boolean {
    return this.#values.get(key) === true;
  }

  texts(key: string): readonly string[] | undefined {
    const value = this.#values.get(key);
    return Array.isArray(value) ? value.map(String) : undefined;
  }
}
