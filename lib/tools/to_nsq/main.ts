/** The command `nsq to-nsq`. */

import { optionsOrExit } from "../../cli/options_or_exit.ts";
import { parseToolOptions } from "../command_line.ts";
import { loggerOf } from "../../cli/log_options.ts";
import { TO_NSQ_COMMAND } from "./options.ts";

/** Copies messages to other brokers until it is told to stop, and has finished those in flight. */
export async function run(args: string[]): Promise<void> {
  const options = optionsOrExit("nsq to-nsq", () => parseToolOptions(TO_NSQ_COMMAND, args));
  const logger = loggerOf(options);
  const { copyToNsq } = await import("./to_nsq.ts");
  try {
    await copyToNsq(options, { logger, nowMs: () => performance.now(), random: Math.random });
  } catch (error) {
    logger.fatal((error as Error).message);
    Deno.exit(1);
  }
}
