/** Which topics the lookupds know. */

import type { JsonClient } from "../../http/json_client.ts";
import type { Logger } from "../../log/logger.ts";
import { isValidName } from "../../wire/names.ts";

/**
 * Asks all lookupds at once. Those that do not answer are left out, with a warning.
 *
 * @param lookupd `host:port` or URL
 * @returns names without repetitions, sorted
 */
export async function fetchTopics(
  lookupd: readonly string[],
  client: Pick<JsonClient, "get">,
  logger: Logger,
): Promise<string[]> {
  const lists = await Promise.all(lookupd.map(async (address) => {
    try {
      return topicsIn(await client.get(`${baseUrl(address)}/topics`));
    } catch (error) {
      logger.warn(`cannot get topics from lookupd ${address} - ${(error as Error).message}`);
      return [];
    }
  }));
  return [...new Set(lists.flat())].sort();
}

function baseUrl(address: string): string {
  return (address.includes("://") ? address : `http://${address}`).replace(/\/+$/, "");
}

function topicsIn(answer: unknown): string[] {
  const topics = (answer as { topics?: unknown } | null)?.topics;
  if (!Array.isArray(topics)) throw new Error("the answer has no topics");
  return topics.filter((topic) => typeof topic === "string" && isValidName(topic));
}
