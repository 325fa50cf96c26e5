/** The command `nsq pub`. */

import { optionsOrExit } from "../../cli/options_or_exit.ts";
import { parseToolOptions } from "../command_line.ts";
import { ADDRESS_REQUIRED, hasSource } from "../consumer_options.ts";
import { formatBytes, formatCount, formatCounted, Progress, stderrTerminal } from "../progress.ts";
import { onStopSignal } from "../stop_signal.ts";
import { checkBrokerHere, DEFAULT_NSQD_TCP, located } from "../this_machine.ts";
import { PUB_COMMAND, type PubOptions } from "./options.ts";
import type { Publication } from "./publication.ts";

const MS_PER_SECOND = 1000;

/** Publishes stdin, until it ends or a signal asks to stop. Ends the process: stdin may be waiting for more. */
export async function run(args: string[], calledAs: string): Promise<void> {
  const call = { name: "pub", as: calledAs };
  const { options: given, isHere } = optionsOrExit(
    "nsq pub",
    () => located(parseToolOptions(PUB_COMMAND, args), hasSource, call, ADDRESS_REQUIRED),
  );
  const options = isHere ? { ...given, nsqd: [DEFAULT_NSQD_TCP] } : given;
  const { createPublication, publishInput } = await import("./pub.ts");
  const startMs = performance.now();
  let publication: Publication | undefined;
  let isAll = false;
  const isTyped = Deno.stdin.isTerminal();
  // Somebody who types has the line to himself.
  const terminal = isTyped ? { ...stderrTerminal(), isTerminal: false } : stderrTerminal();
  const progress = new Progress(() => line(publication, performance.now() - startMs), terminal);
  const logger = progress.loggerOf(options);
  try {
    if (isHere) await checkBrokerHere();
    publication = createPublication(options, logger);
    const stop = new AbortController();
    using _signals = onStopSignal(() => stop.abort());
    isAll = await publishInput(publication, options, {
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
  if (publication.hasFailed || !isAll) console.error(`nsq pub: ${outcome(publication, isAll)}`);
  else if (isTyped) console.error(line(publication, elapsedMs));
  if (options.json) console.log(summary(publication, options, elapsedMs));
  Deno.exit(publication.hasFailed ? 1 : Deno.exitCode);
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

/** What to say where not all was acknowledged. @param isAll whether all input was published, or tried */
function outcome({ figures, hasFailed }: Publication, isAll: boolean): string {
  const { acknowledged, failed, unknown } = figures;
  const doubt = unknown === 0 ? "" : `, of ${formatCount(unknown)} it is not known`;
  const failures = hasFailed ? `, ${formatCount(failed)} not${doubt}` : "";
  const left = isAll ? "" : `; ${hasFailed ? "" : "interrupted, "}the rest of the input was left`;
  return `${formatCounted(acknowledged, "message")} acknowledged${failures}${left}`;
}

/** The figures as JSON. */
function summary(publication: Publication, options: PubOptions, elapsedMs: number): string {
  const { messages, bytes, acknowledged, failed, unknown, nsqd } = publication.figures;
  return JSON.stringify({
    topic: options.topic,
    messages,
    bytes,
    acknowledged,
    failed,
    unknown,
    duration_ms: Math.round(elapsedMs),
    nsqd,
  });
}
