/** Ctrl-C: the first asks a tool to finish what it has begun, the second ends it at once. */

const NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Signals that come together mean one request: `timeout` and others signal a process and then its group, itself included.
 * Nobody presses Ctrl-C twice in this time.
 */
const SAME_REQUEST_MS = 200;

/** What a shell reports for a process that a signal ended, less the signal's number. */
const SIGNALLED = 128;

/**
 * Calls `stop` at the first SIGINT or SIGTERM. At the second the process ends as if the signal had
 * ended it. Disposing gives the signals back to the system.
 */
export function onStopSignal(stop: () => void): Disposable {
  let stoppedMs = NaN;
  const listeners = (["SIGINT", "SIGTERM"] as const).map((signal) => {
    const listener = () => {
      const nowMs = performance.now();
      if (nowMs - stoppedMs < SAME_REQUEST_MS) return;
      if (!isNaN(stoppedMs)) Deno.exit(SIGNALLED + NUMBERS[signal]);
      stoppedMs = nowMs;
      stop();
    };
    Deno.addSignalListener(signal, listener);
    return [signal, listener] as const;
  });
  return {
    [Symbol.dispose]() {
      for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
    },
  };
}
