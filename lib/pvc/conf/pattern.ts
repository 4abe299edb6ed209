/** Keys with `*` for any one part, and the paths that they stand for. */
type Path = readonly (string | number)[];

/** What stands for each `*` when `path` begins with all of `pattern`; undefined when it does not. */
export function matchPrefix(pattern: string, path: Path): Path | undefined {
  const parts = pattern.split('.');
  if (parts.length > path.length) return undefined;
  const captured: (string | number)[] = [];
  for (const [index, part] of parts.entries()) {
    const given = path[index] ?? '';
    if (part === '*') captured.push(given);
    else if (part !== String(given)) return undefined;
  }
  return captured;
}

/** The same for all of `path`. */
export function match(pattern: string, path: Path): Path | undefined {
  return pattern.split('.').length === path.length ? matchPrefix(pattern, path) : undefined;
}

/** Whether some path that begins with `path`, and is longer, matches `pattern`. */
export function leadsTo(pattern: string, path: Path): boolean {
  const parts = pattern.split('.');
  return parts.length > path.length && matchPrefix(parts.slice(0, path.length).join('.'), path) !== undefined;
}

/** The path that `pattern` is with its `*` replaced in turn. */
export function fill(pattern: string, captured: Path): Path {
  const rest = [...captured];
  return pattern.split('.').map((part) => (part === '*' ? (rest.shift() ?? part) : part));
}
