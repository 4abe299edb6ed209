import { DroverError } from '../../core/index.js';
import { fuzzyPattern } from '../pattern.js';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether a name is wanted by a `limit`, which is a pattern. Without one every name is. */
export function limitOf(limit: string | undefined): (name: string) => boolean {
  return limit === undefined ? () => true : fuzzyPattern(limit);
}

/** The same for VMs, where a limit may be a UUID too, of any version. */
export function vmLimitOf(limit: string | undefined): ((name: string, uuid: string) => boolean) | undefined {
  if (limit === undefined) return undefined;
  const uuid = limit.toLowerCase();
  return UUID.test(uuid) ? (_, its) => its === uuid : fuzzyPattern(limit);
}

/**
 * A list as it is, or NOT_FOUND when it was narrowed to nothing: PVC's clients take that for "no such thing". A list
 * that was not narrowed may be empty.
 */
export function narrowed<T>(list: readonly T[], args: object, what: string): readonly T[] {
  const conditions = Object.values(args).filter((value) => value !== undefined && value !== false);
  if (list.length > 0 || conditions.length === 0) return list;
  throw new DroverError('NOT_FOUND', {
    object: what,
    reason: 'none matches what was asked for',
    remedy: 'widen or leave out the conditions',
  });
}
