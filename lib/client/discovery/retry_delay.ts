/** How soon to connect again: the first time, and at most. */
const MIN_DELAY_MS = 250;
const MAX_DELAY_MS = 15_000;

/** The wait after so many failures in a row, varied by up to half so that not all clients come at once. */
export function retryDelayMs(failures: number, random: () => number): number {
  return Math.min(MIN_DELAY_MS * 2 ** failures, MAX_DELAY_MS) * (1 - random() / 2);
}
