/** Does something `count` times, at most `atOnce` of them at once. */
export async function inParallel<T>(
  count: number,
  atOnce: number,
  action: () => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  let started = 0;
  const work = async () => {
    while (started < count) {
      started++;
      results.push(await action());
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
}
