/** Waiting for things that no event announces, and deadlines for those that one does. */

const POLL_INTERVAL_MS = 20;
/** Only a test that fails takes so long: other tests run beside it, on a machine of two cores. */
const EVENTUALLY_MS = 60_000;

/** Resolves after `ms` milliseconds: for asserting that something does not happen, or that time passes. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * The value of `promise`, if it comes within `timeoutMs`.
 * @throws {Error} naming `what` when it does not.
 */
export async function withDeadline<T>(
  promise: Promise<T>,
  timeoutMs: number,
  what: string,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Calls `check` until it stops throwing, and gives back its value.
 * @throws what `check` threw last, when it still throws after `timeoutMs`.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  timeoutMs = EVENTUALLY_MS,
): Promise<T> {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() >= giveUpAt) throw error;
    }
    await pause(POLL_INTERVAL_MS);
  }
}
