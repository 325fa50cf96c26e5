/** The signals that end a process, unless it listens for them. */
import { fstatSync } from "node:fs";

/**
 * All that end a process by default and that somebody may send, or the system: a terminal that is closed (HUP), Ctrl-C and
 * Ctrl-\ (INT, QUIT), limits of CPU time (XCPU), a failing power supply (PWR). Not those of a crash, nor PROF, which is the profiler's.
 */
const END_SIGNALS = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGTERM",
  "SIGUSR1",
  "SIGUSR2",
  "SIGALRM",
  "SIGVTALRM",
  "SIGXCPU",
  "SIGPWR",
] as const satisfies readonly Deno.Signal[];

/** A signal that asks a process to end. */
export type EndSignal = typeof END_SIGNALS[number];

/** Whether the process was started by `nohup` in a terminal, which leaves a stdin that cannot be read. */
function startedByNohup(): boolean {
  if (Deno.stdin.isTerminal()) return false;
  try {
    if (!fstatSync(0).isCharacterDevice()) return false;
    Deno.stdin.readSync(new Uint8Array(1)); // of /dev/null, that never waits
    return false;
  } catch {
    return true;
  }
}

/**
 * Calls `handle` for signals that would end the process, but for those left out. SIGHUP does nothing where nohup started the
 * process: the runtime does not keep it ignored by itself. Disposing gives the signals back to the system.
 */
export function onEndSignal(
  handle: (signal: EndSignal) => void,
  leftOut: readonly EndSignal[] = [],
): Disposable {
  const ignored = startedByNohup() ? "SIGHUP" : "";
  const listeners = END_SIGNALS.filter((signal) => !leftOut.includes(signal)).map((signal) =>
    [signal, signal === ignored ? () => {} : () => handle(signal)] as const
  );
  for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
  return {
    [Symbol.dispose]() {
      for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
    },
  };
}
