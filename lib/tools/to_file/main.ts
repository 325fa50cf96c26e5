/** The command `nsq to-file`. */

import { EXIT_USAGE, optionsOrExit } from "../../cli/options_or_exit.ts";
import type { GoPattern } from "../../go/pattern.ts";
import { parseToolOptions } from "../command_line.ts";
import { loggerOf } from "../../cli/log_options.ts";
import { onStopSignal } from "../stop_signal.ts";
import { Archives } from "./archives.ts";
import { checkWritable } from "./directory.ts";
import { placeholderWarnings } from "./filename.ts";
import { COMMAND, directoriesOf, vainOptions } from "./options.ts";

const EXIT_FAILURE = 1;

/** Runs until it is told to stop, or cannot write; then the process ends. */
export async function run(args: string[]): Promise<void> {
  const options = optionsOrExit("nsq to-file", () => parseToolOptions(COMMAND, args));
  const pattern = await patternOrExit(options.topicPattern);
  const logger = loggerOf(options);
  for (const warning of [...placeholderWarnings(options), ...vainOptions(options)]) {
    logger.warn(warning);
  }
  try {
    const { outputDir, workDir } = directoriesOf(options);
    for (const directory of new Set([outputDir, workDir])) await checkWritable(directory);
    const host = { hostname: Deno.hostname(), pid: Deno.pid };
    const archives = new Archives(options, pattern, logger, host);
    using _signals = onStopSignal(() => archives.stop(), ["SIGHUP"]);
    Deno.addSignalListener("SIGHUP", () => archives.reopen());
    await archives.run();
  } catch (error) {
    logger.fatal((error as Error).message);
    Deno.exit(EXIT_FAILURE);
  }
  Deno.exit();
}

/** The code for patterns is loaded only for one that is given: it takes 5 MB of memory. */
async function patternOrExit(pattern: string): Promise<GoPattern | undefined> {
  if (pattern === "") return undefined;
  const { compileGoPattern } = await import("../../go/pattern.ts");
  try {
    return compileGoPattern(pattern);
  } catch (error) {
    const shown = JSON.stringify(pattern);
    console.error(
      `nsq to-file: --topic-pattern: ${shown} is no pattern: ${(error as Error).message}`,
    );
    Deno.exit(EXIT_USAGE);
  }
}
