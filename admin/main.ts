/** The command `nsq admin`. */
import { loggerOf } from "../lib/cli/log_options.ts";
import { optionsOrExit } from "../lib/cli/options_or_exit.ts";
import { parseAdminOptions } from "./options.ts";

const SIGNALS: Deno.Signal[] = ["SIGINT", "SIGTERM"];

/** Runs a console until it is told to stop. Returns when it listens; the process ends with it. */
export async function run(args: string[]): Promise<void> {
  const options = optionsOrExit("nsq admin", (environment) => parseAdminOptions(args, environment));
  const logger = loggerOf(options);
  const { Admin } = await import("./server.ts");
  let admin: InstanceType<typeof Admin>;
  try {
    admin = new Admin(options, logger);
  } catch (error) {
    logger.fatal((error as Error).message);
    Deno.exit(1);
  }
  const stop = () => {
    admin.stop().then(() => Deno.exit(0), (error) => {
      logger.fatal(`failed to stop - ${(error as Error).stack}`);
      Deno.exit(1);
    });
  };
  for (const signal of SIGNALS) Deno.addSignalListener(signal, stop);
  try {
    admin.start();
  } catch (error) {
    logger.fatal((error as Error).message);
    Deno.exit(1);
  }
}
