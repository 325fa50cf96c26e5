/** Which topics the lookupds know. */

import type { JsonClient } from "../../http/json_client.ts";
import { publicUrl } from "../../http/public_url.ts";
import type { Logger } from "../../log/logger.ts";
import { isValidName } from "../../wire/names.ts";

/** Asks lookupds for their topics, as often as it is told to. */
export class TopicList {
  readonly #lookupd: readonly string[];
  readonly #client: Pick<JsonClient, "get" | "isClosed">;
  readonly #logger: Logger;
  /** Those that did not answer when they were last asked. */
  readonly #silent = new Set<string>();

  /** @param lookupd `host:port` or URL */
  constructor(
    lookupd: readonly string[],
    client: Pick<JsonClient, "get" | "isClosed">,
    logger: Logger,
  ) {
    this.#lookupd = lookupd;
    this.#client = client;
    this.#logger = logger;
  }

  /**
   * Asks all lookupds at once. Those that do not answer are left out, with one warning until they do.
   *
   * @returns names without repetitions, sorted
   */
  async fetch(): Promise<string[]> {
    const lists = await Promise.all(this.#lookupd.map((address) => this.#ask(address)));
    return [...new Set(lists.flat())].sort();
  }

  async #ask(address: string): Promise<string[]> {
    try {
      const topics = topicsIn(await this.#client.get(`${baseUrl(address)}/topics`));
      if (this.#silent.delete(address)) {
        this.#logger.info(`lookupd ${publicUrl(address)} answers again`);
      }
      return topics;
    } catch (error) {
      if (this.#client.isClosed) return []; // the tool is stopping: nothing is wrong with lookupd
      const text = `cannot get topics from lookupd ${publicUrl(address)} - ${
        (error as Error).message
      }`;
      if (this.#silent.has(address)) this.#logger.debug(text);
      else this.#logger.warn(`${text} (trying again)`);
      this.#silent.add(address);
      return [];
    }
  }
}

function baseUrl(address: string): string {
  return (address.includes("://") ? address : `http://${address}`).replace(/\/+$/, "");
}

function topicsIn(answer: unknown): string[] {
  const topics = (answer as { topics?: unknown } | null)?.topics;
  if (!Array.isArray(topics)) throw new Error("the answer has no topics");
  return topics.filter((topic) => typeof topic === "string" && isValidName(topic));
}
