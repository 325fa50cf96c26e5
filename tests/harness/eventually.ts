/** Waiting for things that no event announces, and deadlines for those that one does. */

const POLL_INTERVAL_MS = 20;
/** What takes longer is asked about less often, which leaves the machine to who is waited for: after this part of the time that has passed. */
const POLL_PART = 1 / 20;
const MAX_POLL_INTERVAL_MS = 100;
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
  const startMs = performance.now();
  for (;;) {
    try {
      return await check();
    } catch (error) {
      const waitedMs = performance.now() - startMs;
      if (waitedMs >= timeoutMs) throw error;
      await pause(Math.min(Math.max(POLL_INTERVAL_MS, waitedMs * POLL_PART), MAX_POLL_INTERVAL_MS));
    }
  }
}
