/** How far the two clocks may drift apart before the fine one is set again. */
const MAX_DRIFT_MS = 2;

/**
 * Makes a clock that tells milliseconds since 1970 with microseconds behind the point.
 *
 * `Date.now()` has whole milliseconds only, the process's timer has microseconds but knows nothing
 * of a changed system time: so the timer tells the time, and is set again when it strays.
 */
export function createWallClock(
  dateNow: () => number = Date.now,
  timerNow: () => number = () => performance.now(),
): () => number {
  let offsetMs = dateNow() - timerNow();
  return () => {
    const wholeMs = dateNow();
    const fineMs = timerNow() + offsetMs;
    if (Math.abs(fineMs - wholeMs) <= MAX_DRIFT_MS) return fineMs;
    offsetMs = wholeMs - timerNow();
    return wholeMs;
  };
}
