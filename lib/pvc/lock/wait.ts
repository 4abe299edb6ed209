import type { Store, Watch } from '../../ports/index.js';

/** Resolves when there is nothing at `path`; rejects with the signal's reason when it aborts first. */
export function gone(store: Store, path: string, signal: AbortSignal): Promise<void> {
  return waiting(signal, (done) =>
    store.watch(path, (entry) => {
      if (entry === undefined) done();
    }),
  );
}

/** Resolves when the children at `path`, as they are now or become, satisfy `wanted`; rejects like {@link gone}. */
export function childrenSo(
  store: Store,
  path: string,
  wanted: (names: readonly string[]) => boolean,
  signal: AbortSignal,
): Promise<void> {
  return waiting(signal, (done) =>
    store.watchChildren(path, (children) => {
      if (wanted(children?.names ?? [])) done();
    }),
  );
}

/** Keeps a watch open until it is done or `signal` aborts. */
async function waiting(signal: AbortSignal, open: (done: () => void) => Watch): Promise<void> {
  signal.throwIfAborted();
  let end = (): void => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const watch = open(resolve);
      const abort = () => reject(signal.reason as Error);
      signal.addEventListener('abort', abort, { once: true });
      end = () => {
        watch.close();
        signal.removeEventListener('abort', abort);
      };
    });
  } finally {
    end();
  }
}
