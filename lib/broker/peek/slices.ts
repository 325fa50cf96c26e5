/** For so long a look goes on before everybody else is heard. */
const SLICE_MS = 3;

/** Runs `walk` to its end, in slices. @returns what it returns @throws what it throws */
export async function inSlices<T>(walk: Generator<void, T, void>): Promise<T> {
  let untilMs = performance.now() + SLICE_MS;
  for (;;) {
    const { done, value } = walk.next();
    if (done) return value;
    if (performance.now() < untilMs) continue;
    await new Promise((resolve) => setTimeout(resolve, 0));
    untilMs = performance.now() + SLICE_MS;
  }
}
