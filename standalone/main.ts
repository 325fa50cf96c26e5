/** The command `nsq standalone`. */
import { logLevelFile } from "../lib/cli/log_level_file.ts";
import { daemonOptionsOrExit } from "../lib/cli/options_or_exit.ts";
import { runDaemon } from "../lib/process/daemon.ts";
import { parseStandaloneOptions } from "./options.ts";

const COMMAND = "nsq standalone";

/** Runs all three until told to stop. Returns when they listen; the process ends with them. */
export async function run(args: string[]): Promise<void> {
  const read = daemonOptionsOrExit(
    COMMAND,
    (environment) => parseStandaloneOptions(args, environment),
    (options) => options.nsqd,
  );
  const { Standalone } = await import("./standalone.ts");
  const { options } = read;
  const say = (text: string) => console.error(`${COMMAND}: ${text}`);
  const standalone = new Standalone(options, say);
  const configuration = logLevelFile(read, (changed) => standalone.setLogLevels(changed));
  await runDaemon(standalone, standalone.logger, { fail: say, configuration });
}
