/** From stdin to nsqds. */

import { applyConfigOption, Producer, type ProducerOptions } from "../../client/mod.ts";
import type { Logger } from "../../log/logger.ts";
import { userAgent } from "../consumer_options.ts";
import { RateLimit } from "../rate_limit.ts";
import { LineSplitter } from "./line_splitter.ts";
import type { PubOptions } from "./options.ts";
import { Publication } from "./publication.ts";

const READ_BYTES = 64 * 1024;

/** What {@link publishInput} takes from the outside. */
export interface PubContext {
  readonly logger: Logger;
  /** Reads the next bytes; null at the end. */
  readonly read: (into: Uint8Array) => Promise<number | null>;
  /** Aborted when no more is to be read. */
  readonly signal: AbortSignal;
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs: () => number;
}

/** The publication that the options ask for, which {@link publishInput} feeds. @throws ValueError */
export function createPublication(options: PubOptions, logger: Logger): Publication {
  const common: Omit<ProducerOptions, "nsqd" | "lookupd"> = { logger };
  for (const option of options.producerOpts) applyConfigOption(common, option);
  common.userAgent = userAgent("to_nsq");
  const { nsqd, lookupd, failover } = options;
  const sources: Pick<ProducerOptions, "nsqd" | "lookupd">[] = lookupd.length > 0
    ? [{ lookupd: [...lookupd] }]
    : failover
    ? [{ nsqd: [...nsqd] }]
    : [...new Set(nsqd)].map((address) => ({ nsqd: [address] }));
  const producers = sources.map((source) => new Producer({ ...common, ...source }));
  return new Publication(options.topic, producers, (text) => logger.error(text));
}

/**
 * Publishes all input, until it ends, a message fails or the signal is aborted. Resolves when what was published is acknowledged or has
 * failed.
 *
 * @returns whether that was all of the input
 */
export async function publishInput(
  publication: Publication,
  options: PubOptions,
  { read, signal, nowMs, logger }: PubContext,
): Promise<boolean> {
  const limit = options.rate >= 1 ? new RateLimit(options.rate, nowMs) : null;
  if (limit !== null) logger.info(`throttling to ${options.rate} messages per second`);
  const splitter = new LineSplitter(options.delimiter);
  const buffer = new Uint8Array(READ_BYTES);
  const stopped = new Promise<null>((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener("abort", () => resolve(null));
  });
  const isOver = () => signal.aborted || publication.hasFailed;
  let isAll = false;
  const publish = async (line: Uint8Array) => {
    for (let waitMs = limit?.take() ?? 0; waitMs > 0; waitMs = limit?.take() ?? 0) {
      await Promise.race([stopped, sleep(waitMs)]);
      if (isOver()) return false;
    }
    if (publication.isFull) await publication.room();
    if (isOver()) return false;
    publication.publish(line);
    return true;
  };
  try {
    while (!isOver()) {
      const count = await Promise.race([read(buffer), stopped]);
      if (count === null) {
        isAll = !signal.aborted;
        break;
      }
      if (isOver()) break; // what came after a failure is left
      for (const line of splitter.split(buffer.subarray(0, count))) {
        if (line.length === 0) continue;
        // Without a wait where there is nothing to wait for: this runs for each message.
        if (limit === null && !publication.isFull) publication.publish(line);
        else await publish(line);
        if (isOver()) break;
      }
    }
    const last = splitter.end();
    if (last.length > 0 && !isOver()) isAll = await publish(last);
    else if (last.length > 0) isAll = false;
  } finally {
    await publication.close();
  }
  return isAll;
}

function sleep(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
