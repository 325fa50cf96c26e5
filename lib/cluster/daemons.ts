import { parseHostPort } from "../net/host_port.ts";
import { DEBUG } from "../log/level.ts";
import type { Logger } from "../log/logger.ts";
import type { JsonClient } from "../http/json_client.ts";
import { accessInWords, inWords } from "./refusal.ts";
import { listOf, namesOf, objectOf } from "./fields.ts";
import { type Node, nodeFromInfo, nodeFromLookupd, nodeName } from "./node.ts";
import {
  type NodeHealth,
  nodeHealthFrom,
  type StatsOrigin,
  type TopicStats,
  topicStatsFrom,
} from "./stats.ts";

/** A node, and where its HTTP API is asked. */
export interface LocatedNode {
  /** "host:port", perhaps behind `https://`: the one that the user gave where there is one, else what the node announces. */
  readonly address: string;
  readonly node: Node;
}

/** Which part of an nsqd's figures is wanted; all of it where nothing is said. */
export interface StatsSelection {
  readonly topic?: string;
  readonly channel?: string;
  /** Default: false. */
  readonly includeClients?: boolean;
}

/** What a node's `/stats` holds. */
export interface NodeStats {
  readonly topics: TopicStats[];
  readonly health: NodeHealth;
}

/** Parameters of a request; an empty or missing one is left out. */
export type Parameters = Readonly<Record<string, string | undefined>>;

/** Asks single daemons. Every method throws an Error that says why there is no answer. */
export class Daemons {
  constructor(
    private readonly client: JsonClient,
    private readonly logger: Logger,
    /** Milliseconds since 1970. */
    private readonly nowMs: () => number,
  ) {}

  async lookupdTopics(address: string): Promise<string[]> {
    return namesOf(objectOf(await this.#get(address, "/topics")).topics);
  }

  async lookupdChannels(address: string, topic: string): Promise<string[]> {
    return namesOf(objectOf(await this.#get(address, "/channels", { topic })).channels);
  }

  async lookupdNodes(address: string): Promise<Node[]> {
    return listOf(objectOf(await this.#get(address, "/nodes")).producers).map(nodeFromLookupd);
  }

  async lookupdProducers(address: string, topic: string): Promise<Node[]> {
    const answer = await this.#get(address, "/lookup", { topic });
    return listOf(objectOf(answer).producers).map(nodeFromLookupd);
  }

  /** What the node at `address` says it is; its topics are those of `stats`. */
  async nsqd(address: string): Promise<Node> {
    const at = parseHostPort(address) ?? { hostname: address, port: 0 };
    return nodeFromInfo(await this.#get(address, "/info"), at, []);
  }

  async stats(located: LocatedNode, selection: StatsSelection): Promise<NodeStats> {
    const answer = await this.#get(located.address, "/stats", {
      format: "json",
      topic: selection.topic,
      channel: selection.channel,
      include_clients: selection.includeClients === true ? undefined : "false",
    });
    const origin = originOf(located.node, this.nowMs());
    const topics = topicStatsFrom(answer, origin);
    const { topic } = selection;
    return {
      topics: topic === undefined ? topics : topics.filter((each) => each.topic_name === topic),
      health: nodeHealthFrom(answer, origin.node),
    };
  }

  /** POSTs, with a body if there is one. */
  async command(
    address: string,
    path: string,
    parameters: Parameters,
    body?: Uint8Array<ArrayBuffer>,
  ): Promise<void> {
    await this.client.command(urlOf(address, path, parameters), body);
  }

  /** @throws Error that says why the daemon is not well */
  async ping(address: string): Promise<void> {
    await inWords("/ping", this.client.getText(urlOf(address, "/ping", {})));
  }

  /** GETs any call of a daemon. What it refuses is said in words. */
  async ask(address: string, path: string, parameters: Parameters = {}): Promise<unknown> {
    return await inWords(path, this.#get(address, path, parameters));
  }

  /** POSTs to any call of a daemon; undefined where its answer is empty. What it refuses is said in words. */
  async act(
    address: string,
    path: string,
    parameters: Parameters,
    body?: string,
  ): Promise<unknown> {
    return await inWords(path, this.client.act(urlOf(address, path, parameters), body));
  }

  /** What a call says that only some brokers have. */
  getJson(address: string, path: string, parameters: Parameters): Promise<unknown> {
    return this.#get(address, path, parameters);
  }

  /** As {@link getJson}, with a body of JSON. */
  postJson(
    address: string,
    path: string,
    parameters: Parameters,
    body: unknown,
  ): Promise<unknown> {
    return this.client.post(urlOf(address, path, parameters), body);
  }

  #get(address: string, path: string, parameters: Parameters = {}): Promise<unknown> {
    const url = urlOf(address, path, parameters);
    if (this.logger.enabled(DEBUG)) this.logger.debug(`CI: querying ${url}`);
    return accessInWords(path, this.client.get(url));
  }
}

/**
 * What a node announces is its own choice, so an address must not hold more of the URL than that.
 *
 * @throws Error for one that does
 */
function urlOf(address: string, path: string, parameters: Parameters): string {
  const [, scheme = "http://", place = ""] = /^(https?:\/\/)?(.*)$/s.exec(address)!;
  if (/[\s/?#@\\]/.test(place)) throw new Error("is no address of a daemon");
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== "") query.set(name, value);
  }
  return `${scheme}${place}${path}${query.size === 0 ? "" : `?${query}`}`;
}

function originOf(node: Node, nowMs: number): StatsOrigin {
  return {
    node: nodeName(node),
    hostname: node.hostname,
    topologyZone: node.topology_zone ?? "",
    topologyRegion: node.topology_region ?? "",
    nowMs,
  };
}
