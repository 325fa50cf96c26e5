/** Ctrl-C: the first asks a tool to finish what it has begun, the second ends it at once. */

const NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;

/** What a shell reports for a process that a signal ended, less the signal's number. */
const SIGNALLED = 128;

/**
 * Calls `stop` at the first SIGINT or SIGTERM. At the second the process ends as if the signal had
 * ended it. Disposing gives the signals back to the system.
 */
export function onStopSignal(stop: () => void): Disposable {
  let isStopping = false;
  const listeners = (["SIGINT", "SIGTERM"] as const).map((signal) => {
    const listener = () => {
      if (isStopping) Deno.exit(SIGNALLED + NUMBERS[signal]);
      isStopping = true;
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
