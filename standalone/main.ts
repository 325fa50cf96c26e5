/** The command `nsq standalone`. */
import { loggerOf } from "../lib/cli/log_options.ts";
import { optionsOrExit } from "../lib/cli/options_or_exit.ts";
import { runDaemon } from "../lib/process/daemon.ts";
import { parseStandaloneOptions } from "./options.ts";

const COMMAND = "nsq standalone";

/** Runs all three until told to stop. Returns when they listen; the process ends with them. */
export async function run(args: string[]): Promise<void> {
  const options = optionsOrExit(
    COMMAND,
    (environment) => parseStandaloneOptions(args, environment),
    (options) => options.nsqd,
  );
  const { Standalone } = await import("./standalone.ts");
  const say = (text: string) => console.error(`${COMMAND}: ${text}`);
  await runDaemon(new Standalone(options, say), loggerOf(options.nsqd), { fail: say });
}
