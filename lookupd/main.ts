/** The command `nsq lookupd`. */
import { loggerOf } from "../lib/cli/log_options.ts";
import { optionsOrExit } from "../lib/cli/options_or_exit.ts";
import { parseLookupdOptions } from "./options.ts";

const SIGNALS: Deno.Signal[] = ["SIGINT", "SIGTERM"];

/** Runs a lookupd until it is told to stop. Returns when it listens; the process ends with it. */
export async function run(args: string[]): Promise<void> {
  const options = optionsOrExit(
    "nsq lookupd",
    (environment) => parseLookupdOptions(args, environment),
  );
  const logger = loggerOf(options);
  const { Lookupd } = await import("./lookupd.ts");
  const lookupd = new Lookupd(options, logger);

  const stop = () => {
    lookupd.stop().then(() => Deno.exit(0), (error) => {
      logger.fatal(`failed to stop - ${(error as Error).stack}`);
      Deno.exit(1);
    });
  };
  for (const signal of SIGNALS) Deno.addSignalListener(signal, stop);
  try {
    await lookupd.start();
  } catch (error) {
    logger.fatal((error as Error).message);
    Deno.exit(1);
  }
}
