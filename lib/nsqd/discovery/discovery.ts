import type { Topic } from "../../broker/topic.ts";
import { joinHostPort } from "../../net/host_port.ts";
import type { JsonClient } from "../../http/json_client.ts";
import type { Logger } from "../../log/logger.ts";
import { isEphemeralName, isValidName } from "../../wire/names.ts";
import { LookupPeer, type LookupTimes } from "./lookup_peer.ts";
import type { Announcement, Registration } from "./protocol.ts";

/** How long a lookupd may take, and how often it hears of this nsqd. */
const TIMES: LookupTimes = { timeoutMs: 3000, pingIntervalMs: 15_000 };

/** What {@link Discovery} is made with. */
export interface DiscoveryOptions {
  readonly topics: ReadonlyMap<string, Topic>;
  readonly client: JsonClient;
  readonly logger: Logger;
  /** What the HTTP API of lookupds is shown, in the header Authorization; undefined for nothing. */
  readonly authorization: () => string | undefined;
  /** `--max-body-size`: no answer of a lookupd is longer. */
  readonly maxAnswerBytes: number;
  readonly times?: LookupTimes;
  announcement(): Announcement;
  /** A number in [0, 1). */
  random(): number;
}

/**
 * Tells lookupds which topics and channels this nsqd has, and asks them for the channels of new topics. Each lookupd is spoken to on
 * its own: one that stalls keeps nobody waiting.
 */
export class Discovery {
  readonly #options: DiscoveryOptions;
  readonly #peers = new Map<string, { peer: LookupPeer; done: Promise<void> }>();

  constructor(options: DiscoveryOptions) {
    this.#options = options;
  }

  /** From now on these lookupds are informed, and no others. */
  setAddresses(addresses: readonly string[]): void {
    const { logger } = this.#options;
    for (const [address, { peer }] of this.#peers) {
      if (addresses.includes(address)) continue;
      logger.info(`LOOKUP(${address}): removing peer`);
      peer.stop();
      this.#peers.delete(address);
    }
    for (const address of addresses) {
      if (this.#peers.has(address)) continue;
      logger.info(`LOOKUP(${address}): adding peer`);
      const peer = this.#newPeer(address);
      this.#peers.set(address, { peer, done: peer.run() });
    }
  }

  /** A topic, or with `channel` not "" one of its channels, came or went. */
  changed(topic: string, channel: string): void {
    for (const { peer } of this.#peers.values()) peer.changed({ topic, channel });
  }

  /** Makes the channels that `topic` has elsewhere. Never rejects. Null if there is no lookupd to ask. */
  prepareTopic(topic: Topic): Promise<void> | null {
    if (this.#peers.size === 0) return null;
    return this.#createChannels(topic).catch((error) =>
      this.#options.logger.error(
        `failed to create channels of topic ${topic.name} - ${(error as Error).stack}`,
      )
    );
  }

  /** Leaves all lookupds. */
  async stop(): Promise<void> {
    const peers = [...this.#peers.values()];
    this.#peers.clear();
    for (const { peer } of peers) peer.stop();
    await Promise.all(peers.map(({ done }) => done));
  }

  #newPeer(address: string): LookupPeer {
    const { topics, logger, maxAnswerBytes, announcement, random, times = TIMES } = this.#options;
    return new LookupPeer(address, {
      logger,
      times,
      maxAnswerBytes,
      announcement,
      random,
      registrations: () => registrationsOf(topics),
      exists: ({ topic, channel }) => {
        const existing = topics.get(topic);
        return existing !== undefined && (channel === "" || existing.channels.has(channel));
      },
    });
  }

  async #createChannels(topic: Topic): Promise<void> {
    const { logger } = this.#options;
    const peers = [...this.#peers.values()].map(({ peer }) => peer);
    await Promise.all(peers.map((peer) => peer.firstAttempt));
    const known = peers.filter(({ info }) => info !== null && info.broadcastAddress !== "");
    if (known.length === 0) {
      logger.error(
        `no available nsqlookupd to query for channels to pre-create for topic ${topic.name}`,
      );
      return;
    }
    const answers = await Promise.all(known.map((peer) => this.#channelsAt(peer, topic.name)));
    const names = [...new Set(answers.flat())].filter((name) => !isEphemeralName(name)).sort();
    for (const name of names) if (!topic.closed) topic.channel(name);
  }

  /** The channels that a lookupd knows of; none, with a warning, if it does not say. */
  async #channelsAt({ address, info }: LookupPeer, topic: string): Promise<string[]> {
    const { client, logger } = this.#options;
    const authorization = this.#options.authorization();
    const headers = authorization === undefined ? {} : { authorization };
    const { broadcastAddress, httpPort } = info!;
    const httpAddress = joinHostPort(broadcastAddress, httpPort);
    const url = `http://${httpAddress}/channels?topic=${encodeURIComponent(topic)}`;
    try {
      const { channels } = (await client.get(url, headers) ?? {}) as { channels?: unknown };
      if (channels === undefined || channels === null) return [];
      if (!Array.isArray(channels)) throw new Error("channels is not a list");
      return channels.filter((name) => typeof name === "string" && isValidName(name));
    } catch (error) {
      logger.warn(
        `failed to query nsqlookupd ${address} for channels to pre-create for topic ${topic}` +
          ` - ${(error as Error).message}`,
      );
      return [];
    }
  }
}

function registrationsOf(topics: ReadonlyMap<string, Topic>): Registration[] {
  return [...topics.values()].flatMap(({ name, channels }) =>
    channels.size === 0
      ? [{ topic: name, channel: "" }]
      : [...channels.keys()].map((channel) => ({ topic: name, channel }))
  );
}
