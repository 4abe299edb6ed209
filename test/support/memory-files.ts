import type { Files } from '../../lib/ports/index.js';

/** Files that are only remembered: path → text. */
export function memoryFiles(texts: Readonly<Record<string, string>>): Files {
  const kept = new Map<string, Uint8Array>(
    Object.entries(texts).map(([path, text]) => [path, new TextEncoder().encode(text)]),
  );
  return {
    read: (path) => Promise.resolve(kept.get(path)),
    replace: (path, data) => {
      kept.set(path, typeof data === 'string' ? new TextEncoder().encode(data) : data);
      return Promise.resolve();
    },
    remove: (path) => {
      kept.delete(path);
      return Promise.resolve();
    },
    makeDirectory: () => Promise.resolve(),
    list: (path) => {
      const inside = [...kept.keys()].filter((name) => name.startsWith(`${path}/`));
      const names = inside.map((name) => name.slice(path.length + 1).split('/')[0] ?? '');
      return Promise.resolve(names.length === 0 ? undefined : [...new Set(names)].sort());
    },
  };
}
