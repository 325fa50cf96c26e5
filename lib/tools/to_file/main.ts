/** The command `nsq to-file`. */

import { optionsOrExit } from "../../cli/options_or_exit.ts";
import { parseToolOptions } from "../command_line.ts";
import { loggerOf } from "../../cli/log_options.ts";
import { onStopSignal } from "../stop_signal.ts";
import { Archives } from "./archives.ts";
import { checkWritable } from "./directory.ts";
import { COMMAND, directoriesOf } from "./options.ts";

const EXIT_FAILURE = 1;

/** Runs until it is told to stop, or cannot write; then the process ends. */
export async function run(args: string[]): Promise<void> {
  const options = optionsOrExit("nsq to-file", () => parseToolOptions(COMMAND, args));
  const logger = loggerOf(options);
  try {
    const { outputDir, workDir } = directoriesOf(options);
    for (const directory of new Set([outputDir, workDir])) await checkWritable(directory);
    const archives = new Archives(options, logger, { hostname: Deno.hostname(), pid: Deno.pid });
    using _signals = onStopSignal(() => archives.stop());
    Deno.addSignalListener("SIGHUP", () => archives.reopen());
    await archives.run();
  } catch (error) {
    logger.fatal((error as Error).message);
    Deno.exit(EXIT_FAILURE);
  }
  Deno.exit(0);
}
