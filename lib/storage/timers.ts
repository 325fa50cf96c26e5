/** Timers behind a seam, as tests drive time by hand. */
export interface Timers {
  setTimeout(run: () => void, delayMs: number): number;
  clearTimeout(id: number): void;
}

/** The runtime's timers; they refuse to be called as methods of an object, hence the wrapping. */
export const systemTimers: Timers = {
  setTimeout: (run, delayMs) => setTimeout(run, delayMs),
  clearTimeout: (id) => clearTimeout(id),
};
