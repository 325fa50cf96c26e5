/** So many files are synced at once: a disk takes them together. */
const SYNCS_AT_ONCE = 64;

/** Syncs each of `all`, many at once. @throws what `sync` throws first */
export async function syncAll<T>(
  all: readonly T[],
  sync: (each: T) => Promise<void>,
): Promise<void> {
  const waiting = all.values();
  const syncNext = async () => {
    for (const each of waiting) await sync(each);
  };
  await Promise.all(Array.from({ length: SYNCS_AT_ONCE }, syncNext));
}
