/** The command `nsq nsqd`. */
import { loggerOf } from "../cli/log_options.ts";
import { optionsOrExit } from "../cli/options_or_exit.ts";
import { parseNsqdOptions } from "./options.ts";

const SIGNALS: Deno.Signal[] = ["SIGINT", "SIGTERM"];

/** Runs a broker until it is told to stop. Returns when it listens; the process ends with it. */
export async function run(args: string[]): Promise<void> {
  const options = optionsOrExit("nsq nsqd", (environment) => parseNsqdOptions(args, environment));
  const logger = loggerOf(options);
  const { Nsqd } = await import("./nsqd.ts");
  const nsqd = new Nsqd(options, logger);

  const stop = () => {
    nsqd.stop().then(() => Deno.exit(0), (error) => {
      logger.fatal(`failed to stop - ${(error as Error).stack}`);
      Deno.exit(1);
    });
  };
  for (const signal of SIGNALS) Deno.addSignalListener(signal, stop);
  try {
    await nsqd.start();
  } catch (error) {
    logger.fatal((error as Error).message);
    Deno.exit(1);
  }
}
