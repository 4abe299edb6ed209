/** The places where two JSON values differ: `/0/memory/free` → what the first one has there. */
export function differences(ours: unknown, theirs: unknown, at = ''): Map<string, unknown> {
  if (isObject(ours) && isObject(theirs)) {
    const names = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
    return new Map([...names].flatMap((name) => [...differences(ours[name], theirs[name], `${at}/${name}`)]));
  }
  return ours === theirs ? new Map<string, unknown>() : new Map([[at, ours]]);
}

/** A list is an object by its places. */
function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
