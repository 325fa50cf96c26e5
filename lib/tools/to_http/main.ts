/** The command `nsq to-http`. */

import { optionsOrExit } from "../../cli/options_or_exit.ts";
import { NSQ_VERSION } from "../../version.ts";
import { parseToolOptions } from "../command_line.ts";
import { loggerOf } from "../../cli/log_options.ts";
import { TO_HTTP_COMMAND } from "./options.ts";

/** Sends messages to HTTP servers until it is told to stop, and has finished those in flight. */
export async function run(args: string[]): Promise<void> {
  const options = optionsOrExit("nsq to-http", () => parseToolOptions(TO_HTTP_COMMAND, args));
  const logger = loggerOf(options);
  const { forwardToHttp } = await import("./to_http.ts");
  try {
    await forwardToHttp(options, {
      logger,
      userAgent: `nsq_to_http v${NSQ_VERSION}`,
      nowMs: () => performance.now(),
      random: Math.random,
    });
  } catch (error) {
    logger.fatal((error as Error).message);
    Deno.exit(1);
  }
}
