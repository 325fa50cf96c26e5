/** The command `nsq nsqd`. */
import { optionsOrExit } from "../cli/options_or_exit.ts";
import { createLogger } from "../log/logger.ts";
import { parseNsqdOptions } from "./options.ts";

const SIGNALS: Deno.Signal[] = ["SIGINT", "SIGTERM"];

/** Runs a broker until it is told to stop. Returns when it listens; the process ends with it. */
export async function run(args: string[]): Promise<void> {
  const options = optionsOrExit("nsq nsqd", (environment) => parseNsqdOptions(args, environment));
  const { logLevel: level, logPrefix: prefix, logFormat: format } = options;
  const logger = createLogger({ level, prefix, format });
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
