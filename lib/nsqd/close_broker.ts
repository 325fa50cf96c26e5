import type { Broker } from "../broker/broker.ts";
import type { Unwritten } from "../broker/last_writes.ts";
import { IncompleteStop } from "../process/daemon.ts";
import type { Logger } from "../log/logger.ts";

/** Space may be freed, by whoever hears of it or by others who stop too: so often, and so long between. */
const ATTEMPTS = 10;
const PAUSE_MS = 500;

/**
 * Closes the broker: every message goes to disk. What the disk does not take is tried again for 5 s, then it is lost, and the log says how much
 * of which queue.
 * @returns the error that the process is to end with, or null
 */
export async function closeBroker(broker: Broker, logger: Logger): Promise<IncompleteStop | null> {
  await broker.end().sync();
  let unwritten = broker.close();
  let journalFailure = await broker.closeJournals();
  if (unwritten.length === 0 && journalFailure === null) return null;
  logger.error(`NSQ: not everything could be written, trying again for ${ATTEMPTS * PAUSE_MS} ms`);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    unwritten = broker.close();
    if (journalFailure !== null) journalFailure = await broker.closeJournals();
    if (unwritten.length === 0 && journalFailure === null) return null;
  }
  broker.giveUp();
  for (const each of unwritten) logger.error(describe(each));
  if (journalFailure !== null) {
    logger.error(
      `some messages of durable topics may come twice, as what is done could not be noted - ` +
        journalFailure.message,
    );
  }
  const lost = unwritten.reduce((sum, { lostCount }) => sum + lostCount, 0);
  return new IncompleteStop(
    lost > 0 ? `${lost} messages could not be written to disk and are lost` : "not all is synced",
  );
}

function describe({ queue, lostCount, error }: Unwritten): string {
  const { message } = error;
  if (lostCount > 0) return `${queue}: ${lostCount} messages could not be written - ${message}`;
  if (error.operation === "fsync") {
    return `${queue}: what was written last may not survive a power cut - ${message}`;
  }
  return `${queue}: some messages may come twice, as what is done could not be noted - ${message}`;
}
