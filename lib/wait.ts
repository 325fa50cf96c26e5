import { deferred } from "./deferred.ts";

/** Waits, or until `signal` is aborted. @returns false when it was */
export function wait(delayMs: number, signal: AbortSignal): Promise<boolean> {
  const { promise, resolve } = deferred<boolean>();
  if (signal.aborted) return Promise.resolve(false);
  const stop = () => {
    clearTimeout(timer);
    resolve(false);
  };
  const timer = setTimeout(() => {
    signal.removeEventListener("abort", stop);
    resolve(true);
  }, delayMs);
  signal.addEventListener("abort", stop, { once: true });
  return promise;
}
