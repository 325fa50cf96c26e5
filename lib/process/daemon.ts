/** The life of a daemon's process: it starts, and ends in order, whether a signal asks for it or something nobody foresaw. */
import { onEndSignal } from "./end_signals.ts";
import type { Logger } from "../log/logger.ts";
import { type Reloadable, Reloading } from "./reloading.ts";
import { onUnforeseen } from "./unforeseen.ts";

/** After what nobody foresaw, the process does not outlive this: it may be that which hinders the stop. */
const LAST_RESORT_LIMIT_MS = 60_000;

const EXIT_FAILURE = 1;

/** What runs until it is told to stop. */
export interface Daemon {
  /** Resolves, with why, when it is to end though nobody has told the process to; left out where that does not happen. */
  readonly done?: Promise<string>;
  /**
   * Resolves when it runs.
   * @throws Error with a message for the user, `signal`'s reason when that was aborted; everything is as it was before then
   */
  start(signal: AbortSignal): Promise<void>;
  /** What is read again when its files change, or on SIGUSR2; asked for once it runs. */
  reloadables(): readonly Reloadable[];
  /** Ends in order. May be called again. @throws IncompleteStop */
  stop(): Promise<void>;
}

/** The daemon has stopped, but for what the message says. */
export class IncompleteStop extends Error {}

/** How {@link runDaemon} differs from the usual. */
export interface RunOptions {
  /** Says in one line why it did not start or stop. Default: a fatal log line. */
  readonly fail?: (text: string) => void;
  /** What is read again beside the daemon's own. Default: nothing. */
  readonly configuration?: readonly Reloadable[];
}

/**
 * Runs a daemon until a signal tells it to stop; SIGUSR2 has it read its files again. Returns when it runs; the process ends with it: with 0, or with 1 if it could
 * not start or not stop in order, or if something happened that nobody foresaw.
 */
export async function runDaemon(
  daemon: Daemon,
  logger: Logger,
  { fail = (text) => logger.fatal(text), configuration = [] }: RunOptions = {},
): Promise<void> {
  const starting = new AbortController();
  let isRunning = false;
  let exitCode = 0;
  let reloading: Reloading | null = null;
  const end = (why: string) => {
    if (!isRunning) return starting.abort(new Error(`${why} during the start`));
    reloading?.stop();
    daemon.stop().then(() => Deno.exit(exitCode), (error: Error) => {
      fail(`failed to stop - ${error instanceof IncompleteStop ? error.message : error.stack}`);
      Deno.exit(EXIT_FAILURE);
    });
  };
  onEndSignal((signal) => end(signal), ["SIGUSR2"]);
  let isToReload = false;
  Deno.addSignalListener("SIGUSR2", () => {
    if (reloading === null) isToReload = true; // once it has started
    else reloading.all();
  });
  onUnforeseen((text) => {
    logger.fatal(text);
    if (exitCode === 0) setTimeout(() => Deno.exit(EXIT_FAILURE), LAST_RESORT_LIMIT_MS);
    exitCode = EXIT_FAILURE;
    end("an unhandled error");
  });
  try {
    await daemon.start(starting.signal);
  } catch (error) {
    fail((error as Error).message);
    Deno.exit(EXIT_FAILURE);
  }
  isRunning = true;
  reloading = new Reloading([...daemon.reloadables(), ...configuration], logger);
  reloading.start();
  if (isToReload) reloading.all();
  void daemon.done?.then(end);
  if (starting.signal.aborted) end("");
}
