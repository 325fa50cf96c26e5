/** Names a timer: the runtime's own are numbers on Deno 2.7, objects on later ones. */
export type TimerId = number | ReturnType<typeof setTimeout>;

/** Timers behind a seam, as tests drive time by hand. */
export interface Timers {
  setTimeout(run: () => void, delayMs: number): TimerId;
  clearTimeout(id: TimerId): void;
}

/** The runtime's timers; they refuse to be called as methods of an object, hence the wrapping. */
export const systemTimers: Timers = {
  setTimeout: (run, delayMs) => setTimeout(run, delayMs),
  clearTimeout: (id) => clearTimeout(id),
};
