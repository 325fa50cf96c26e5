/** The command `nsq pub`. */

import { optionsOrExit } from "../../cli/options_or_exit.ts";
import { parseToolOptions } from "../command_line.ts";
import { formatBytes, formatCount, Progress, stderrTerminal } from "../progress.ts";
import { onStopSignal } from "../stop_signal.ts";
import { PUB_COMMAND, type PubOptions } from "./options.ts";
import type { Publication } from "./publication.ts";

const MS_PER_SECOND = 1000;

/** Publishes stdin, until it ends or a signal asks to stop. Ends the process: stdin may be waiting for more. */
export async function run(args: string[]): Promise<void> {
  const options = optionsOrExit("nsq pub", () => parseToolOptions(PUB_COMMAND, args));
  const { createPublication, publishInput } = await import("./pub.ts");
  const startMs = performance.now();
  let publication: Publication | undefined;
  const isTyped = Deno.stdin.isTerminal();
  // Somebody who types has the line to himself.
  const terminal = isTyped ? { ...stderrTerminal(), isTerminal: false } : stderrTerminal();
  const progress = new Progress(() => line(publication, performance.now() - startMs), terminal);
  const logger = progress.loggerOf(options);
  try {
    publication = createPublication(options, logger);
    const stop = new AbortController();
    using _signals = onStopSignal(() => stop.abort());
    await publishInput(publication, options, {
      logger,
      read: readStdin,
      signal: stop.signal,
      nowMs: () => performance.now(),
    });
  } catch (error) {
    logger.fatal((error as Error).message);
    Deno.exit(1);
  } finally {
    progress[Symbol.dispose]();
  }
  const elapsedMs = performance.now() - startMs;
  if (isTyped && !publication.hasFailed) console.error(line(publication, elapsedMs));
  report(publication, options, elapsedMs);
  Deno.exit(publication.hasFailed ? 1 : 0);
}

async function readStdin(into: Uint8Array): Promise<number | null> {
  try {
    return await Deno.stdin.read(into);
  } catch (error) {
    throw new Error(`cannot read stdin - ${(error as Error).message}`, { cause: error });
  }
}

function line(publication: Publication | undefined, elapsedMs: number): string {
  if (publication === undefined) return "";
  const { messages, acknowledged, bytes } = publication.figures;
  const perSecond = acknowledged * MS_PER_SECOND / elapsedMs;
  return `${formatCount(acknowledged)} of ${formatCount(messages)} messages acknowledged, ` +
    `${formatBytes(bytes)}, ${formatCount(perSecond)}/s`;
}

function report(publication: Publication, options: PubOptions, elapsedMs: number): void {
  const { messages, bytes, acknowledged, failed, unknown, nsqd } = publication.figures;
  if (publication.hasFailed) {
    const doubt = unknown === 0 ? "" : `, of ${unknown} it is not known`;
    console.error(
      `nsq pub: ${acknowledged} messages acknowledged, ${failed} not${doubt}; ` +
        "input behind the first of them was left",
    );
  }
  if (options.json) {
    const { topic } = options;
    const durationMs = Math.round(elapsedMs);
    console.log(JSON.stringify({
      topic,
      messages,
      bytes,
      acknowledged,
      failed,
      unknown,
      duration_ms: durationMs,
      nsqd,
    }));
  }
}
