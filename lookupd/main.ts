/** The command `nsq lookupd`. */
import { logLevelFile } from "../lib/cli/log_level_file.ts";
import { loggerOf } from "../lib/cli/log_options.ts";
import { daemonOptionsOrExit } from "../lib/cli/options_or_exit.ts";
import { runDaemon } from "../lib/process/daemon.ts";
import { parseLookupdOptions } from "./options.ts";

/** Runs a lookupd until it is told to stop. Returns when it listens; the process ends with it. */
export async function run(args: string[]): Promise<void> {
  const read = daemonOptionsOrExit(
    "nsq lookupd",
    (environment) => parseLookupdOptions(args, environment),
    (options) => options,
  );
  const { options } = read;
  const logger = loggerOf(options);
  const { Lookupd } = await import("./lookupd.ts");
  const configuration = logLevelFile(read, ({ logLevel }) => void (logger.level = logLevel));
  await runDaemon(new Lookupd(options, logger), logger, { configuration });
}
