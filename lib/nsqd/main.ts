/** The command `nsq nsqd`. */
import { logLevelFile } from "../cli/log_level_file.ts";
import { loggerOf } from "../cli/log_options.ts";
import { daemonOptionsOrExit } from "../cli/options_or_exit.ts";
import { runDaemon } from "../process/daemon.ts";
import { parseNsqdOptions } from "./options.ts";

/** Runs a broker until it is told to stop. Returns when it listens; the process ends with it. */
export async function run(args: string[]): Promise<void> {
  const read = daemonOptionsOrExit(
    "nsq nsqd",
    (environment) => parseNsqdOptions(args, environment),
    (options) => options,
  );
  const { options } = read;
  const logger = loggerOf(options);
  const { Nsqd } = await import("./nsqd.ts");
  const nsqd = new Nsqd(options, logger);
  const configuration = logLevelFile(read, ({ logLevel }) => nsqd.configure("log_level", logLevel));
  await runDaemon(nsqd, logger, { configuration });
}
