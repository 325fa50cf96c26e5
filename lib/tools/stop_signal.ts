/** Ctrl-C: the first asks a tool to finish what it has begun, the second ends it at once. */
import { constants } from "node:os";
import { type EndSignal, onEndSignal } from "../process/end_signals.ts";
import { onUnforeseen } from "../process/unforeseen.ts";

/**
 * Signals that come together mean one request: `timeout` and others signal a process and then its group, itself included.
 * Nobody presses Ctrl-C twice in this time.
 */
const SAME_REQUEST_MS = 200;

/** What a shell reports for a process that a signal ended, less the signal's number. */
const SIGNALLED = 128;

/** After what nobody foresaw, a tool does not outlive this: it may be that which hinders the stop. */
const LAST_RESORT_LIMIT_MS = 10_000;

/**
 * Calls `stop` at the first signal that would end the process. At the second it ends as if the signal had ended it. What
 * nobody foresaw asks to stop as well; `Deno.exitCode` is 1 then. Disposing gives all of that back to the system.
 *
 * @param leftOut signals that mean something else
 */
export function onStopSignal(stop: () => void, leftOut: readonly EndSignal[] = []): Disposable {
  const stack = new DisposableStack();
  let stoppedMs = NaN;
  stack.use(onEndSignal((signal) => {
    const nowMs = performance.now();
    if (nowMs - stoppedMs < SAME_REQUEST_MS) return;
    if (!isNaN(stoppedMs)) Deno.exit(SIGNALLED + constants.signals[signal]);
    stoppedMs = nowMs;
    stop();
  }, leftOut));
  stack.use(onUnforeseen((text) => {
    console.error(text);
    if (Deno.exitCode !== 0) return;
    Deno.exitCode = 1;
    setTimeout(() => Deno.exit(), LAST_RESORT_LIMIT_MS);
    stop();
  }));
  return stack;
}
