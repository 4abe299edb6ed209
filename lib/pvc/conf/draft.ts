type Path = readonly (string | number)[];

/** The document of ours as it grows: maps and lists come into being on the way to a value. */
export class Draft {
  readonly root: Record<string, unknown> = {};

  set(path: Path, value: unknown): void {
    let holder: unknown = this.root;
    for (const [index, part] of path.entries()) {
      const container = holder as Record<string | number, unknown>;
      if (index === path.length - 1) container[part] = value;
      else container[part] ??= typeof path[index + 1] === 'number' ? [] : {};
      holder = container[part];
    }
  }

  /** The entries of the list at a key, or none. */
  list(section: string, key: string): Record<string, unknown>[] {
    const found = (this.root[section] as Record<string, unknown> | undefined)?.[key];
    return Array.isArray(found) ? (found as Record<string, unknown>[]) : [];
  }

  /** The names in the map at a key. */
  names(section: string, key: string): readonly string[] {
    const found = (this.root[section] as Record<string, unknown> | undefined)?.[key];
    return typeof found === 'object' && found !== null ? Object.keys(found) : [];
  }
}
