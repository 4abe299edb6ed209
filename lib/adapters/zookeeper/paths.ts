import { DroverError, LIMITS } from '../../core/index.js';

// What the server's PathUtils refuses: control characters, surrogates and private use, specials.
const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f\ud800-\uf8ff\ufff0-\uffff]/;

/** Throws BAD_INPUT unless the server would take `path`, STORE_TOO_LARGE when it could not even be sent. */
export function checkPath(path: string): void {
  const reason = complaint(path);
  if (reason !== undefined)
    throw new DroverError('BAD_INPUT', { object: `store path ${shown(path)}`, reason });
  if (Buffer.byteLength(path) > LIMITS.storeValueBytes)
    throw new DroverError('STORE_TOO_LARGE', {
      object: `store path ${shown(path)}`,
      reason: 'the path alone',
    });
}

function complaint(path: string): string | undefined {
  if (!path.startsWith('/')) return 'a path begins with /';
  if (path === '/') return undefined;
  if (FORBIDDEN.test(path)) return 'it holds a character that ZooKeeper forbids';
  const names = path.slice(1).split('/');
  if (names.includes('')) return 'it holds an empty name';
  if (names.includes('.') || names.includes('..')) return 'it holds a relative name';
  return undefined;
}

function shown(path: string): string {
  return JSON.stringify(path.slice(0, 200));
}
