type Results<Works extends readonly Promise<unknown>[]> = {
  -readonly [At in keyof Works]: Awaited<Works[At]>;
};

/**
 * What all of them come to. Unlike `Promise.all` it fails, with the first failure of the list, only when all have ended: nothing
 * goes on behind the back of who asked.
 */
export async function together<const Works extends readonly Promise<unknown>[]>(
  works: Works,
): Promise<Results<Works>> {
  const ends = await Promise.allSettled(works);
  return ends.map((end) => {
    if (end.status === 'rejected') throw end.reason;
    return end.value;
  }) as Results<Works>;
}

/** Does `work` for each item, in their order, `width` at once. After a failure none is begun; it is thrown when all have ended. */
export async function forEachOf<T>(
  items: readonly T[],
  width: number,
  work: (item: T, at: number) => Promise<void>,
): Promise<void> {
  const queue = items.entries();
  let failed = false;
  const one = async () => {
    for (const [at, item] of queue) {
      if (failed) return;
      try {
        await work(item, at);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await together(Array.from({ length: width }, one));
}
