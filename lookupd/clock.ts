/** Time as lookupd needs it: one seam for tests. */
export interface Clock {
  /** Milliseconds from some moment on; never goes back, so a changed system time hides no producer. */
  monotonicMs(): number;
  /** Milliseconds since 1970, only for people to read. */
  unixMs(): number;
}

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  unixMs: () => Date.now(),
};
