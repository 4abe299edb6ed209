import { DroverError } from '../../core/index.js';

/** `path` if the server takes it, else BAD_INPUT: absolute, no empty segment, no `.` and `..`, no NUL. */
export function validPath(path: string): string {
  const segments = path.split('/').slice(1);
  const good =
    path === '/' ||
    (path.startsWith('/') &&
      !path.includes('\0') &&
      segments.every((segment) => segment !== '' && segment !== '.' && segment !== '..'));
  if (good) return path;
  throw new DroverError('BAD_INPUT', {
    object: `store path ${JSON.stringify(path.slice(0, 200))}`,
    reason: 'a path is absolute and has no empty segment, no "." and no ".."',
  });
}

export function parentOf(path: string): string {
  const at = path.lastIndexOf('/');
  return at === 0 ? '/' : path.slice(0, at);
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
