/** The command `nsq admin`. */
import { logLevelFile } from "../lib/cli/log_level_file.ts";
import { loggerOf } from "../lib/cli/log_options.ts";
import { daemonOptionsOrExit } from "../lib/cli/options_or_exit.ts";
import { runDaemon } from "../lib/process/daemon.ts";
import { parseAdminOptions } from "./options.ts";

/** Runs a console until it is told to stop. Returns when it listens; the process ends with it. */
export async function run(args: string[]): Promise<void> {
  const read = daemonOptionsOrExit(
    "nsq admin",
    (environment) => parseAdminOptions(args, environment),
    (options) => options,
  );
  const { options } = read;
  const logger = loggerOf(options);
  const { Admin } = await import("./server.ts");
  let admin: InstanceType<typeof Admin>;
  try {
    admin = new Admin(options, logger);
  } catch (error) {
    logger.fatal((error as Error).message);
    Deno.exit(1);
  }
  const configuration = logLevelFile(read, ({ logLevel }) => admin.setLogLevel(logLevel));
  await runDaemon(admin, logger, { configuration });
}
