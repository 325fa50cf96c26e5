/** How soon to connect again: the first time, and at most. */
const MIN_DELAY_MS = 250;
const MAX_DELAY_MS = 15_000;

/** The wait after so many failures in a row, varied by up to half so that not all clients come at once. */
export function retryDelayMs(failures: number, random: () => number): number {
  return Math.min(MIN_DELAY_MS * 2 ** failures, MAX_DELAY_MS) * (1 - random() / 2);
}

/** Resolves after `delayMs`, or when `signal` is aborted. */
export function sleep(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, delayMs);
    signal.addEventListener("abort", end);
  });
}
