/** Consumes until Ctrl-C: what tools do that have nothing else to wait for. */

import type { Consumer, Handler, RunOptions } from "../client/mod.ts";
import { onStopSignal } from "./stop_signal.ts";

/** A consumer and what it does with its messages. */
export interface ConsumingJob {
  readonly consumer: Consumer;
  readonly handler: Handler;
  /** As for `Consumer.run`. */
  readonly runOptions: Readonly<RunOptions>;
}

/**
 * Runs consumers until a signal asks to stop. Resolves when all of them have finished what was in
 * flight.
 *
 * @throws what the first of them threw that could not go on; the others are stopped before
 */
export async function consumeUntilStopped(jobs: readonly ConsumingJob[]): Promise<void> {
  const stopAll = () => Promise.all(jobs.map(({ consumer }) => consumer.stop()));
  using _signals = onStopSignal(() => void stopAll());
  try {
    await Promise.all(
      jobs.map(({ consumer, handler, runOptions }) => consumer.run(handler, runOptions)),
    );
  } catch (error) {
    await stopAll();
    throw error;
  }
}
