import { DroverError } from '../core/index.js';

/** `20261130045500` with a prefix: local time to the second, or a later second when that name is taken (M44). */
export function pointName(prefix: string, now: number, taken: (name: string) => boolean): string {
  for (let at = now; ; at += 1000) {
    const name = `${prefix}${stamp(at)}`;
    if (!taken(name)) return name;
  }
}

/** BAD_INPUT unless it can be the name of a snapshot everywhere: in Ceph, in a key, in a path. */
export function checkedPointName(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/.test(name)) return name;
  throw new DroverError('BAD_INPUT', {
    object: `snapshot ${JSON.stringify(name.slice(0, 80))}`,
    reason: 'a name has letters, digits, ".", "_" and "-", and begins with a letter or digit',
  });
}

function stamp(ms: number): string {
  const at = new Date(ms);
  const fields = [at.getMonth() + 1, at.getDate(), at.getHours(), at.getMinutes(), at.getSeconds()];
  return [String(at.getFullYear()), ...fields.map((field) => String(field).padStart(2, '0'))].join('');
}
