import type { JsonClient } from "../http/json_client.ts";
import type { Logger } from "../log/logger.ts";
import {
  type Answer,
  type DaemonError,
  gather,
  gatherSome,
  saysTopicUnknown,
  UpstreamError,
} from "./answer.ts";
import {
  Daemons,
  type LocatedNode,
  type NodeStats,
  type Parameters,
  type StatsSelection,
} from "./daemons.ts";
import { sortedUnion } from "./fields.ts";
import { byHostname, mergeNodes } from "./merge_nodes.ts";
import { type Node, nodeName } from "./node.ts";
import { type ClusterSnapshot, takeSnapshot } from "./snapshot.ts";
import type { TopicStats } from "./stats.ts";

/** "host:port" of HTTP APIs. Where there is a lookupd, `nsqd` is not looked at. */
export interface ClusterAddresses {
  readonly lookupd: readonly string[];
  readonly nsqd: readonly string[];
}

export interface ClusterOptions {
  /** Asked anew for each question, as they may change. */
  readonly addresses: () => ClusterAddresses;
  readonly client: JsonClient;
  readonly logger: Logger;
  /** Milliseconds since 1970. Default: the system's clock. */
  readonly nowMs?: () => number;
}

/** A node that was asked for its figures. */
export interface AskedNode extends LocatedNode {
  readonly stats: NodeStats;
}

const same = (address: string): string => address;

/**
 * What lookupds and nsqds know together. Every question goes to all daemons at once, and to each of
 * them once. Who does not answer is told beside what the others said; when nobody answers a method
 * throws an {@link UpstreamError}.
 */
export class Cluster {
  readonly daemons: Daemons;
  readonly #options: ClusterOptions;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.daemons = new Daemons(options.client, options.logger, options.nowMs ?? Date.now);
  }

  /** The brokers at these addresses, asked in the same way. */
  at(nsqd: readonly string[]): Cluster {
    return new Cluster({ ...this.#options, addresses: () => ({ lookupd: [], nsqd }) });
  }

  get lookupd(): readonly string[] {
    return this.#options.addresses().lookupd;
  }

  get nsqd(): readonly string[] {
    return this.#options.addresses().nsqd;
  }

  get hasLookupd(): boolean {
    return this.lookupd.length > 0;
  }

  /** Names of all topics, sorted. */
  async topics(): Promise<Answer<string[]>> {
    if (this.hasLookupd) return await this.#union((lookupd) => this.daemons.lookupdTopics(lookupd));
    const { value, errors } = await this.#askNsqds({});
    return { value: sortedUnion(value.map(topicNames)), errors };
  }

  /** Names of a topic's channels as lookupd knows them, sorted. */
  topicChannels(topic: string): Promise<Answer<string[]>> {
    return this.#union((lookupd) => this.daemons.lookupdChannels(lookupd, topic));
  }

  /** All nodes with their topics, sorted by host name. */
  async nodes(): Promise<Answer<Node[]>> {
    if (!this.hasLookupd) {
      const { value, errors } = await this.#askNsqds({});
      return { value: value.map(({ node, stats }) => withTopics(node, stats)), errors };
    }
    const { value, errors } = await gatherSome(
      "nsqlookupd",
      this.lookupd,
      same,
      (lookupd) => this.daemons.lookupdNodes(lookupd),
    );
    return { value: mergeNodes(value), errors };
  }

  /** The nodes that a publisher or consumer of the topic would be sent to. Where one lookupd knows it, nothing is wrong with another that does not. */
  async producers(topic: string): Promise<Answer<LocatedNode[]>> {
    if (!this.hasLookupd) {
      const { value, errors } = await this.#askNsqds({ topic });
      return { value: value.filter(({ stats }) => stats.topics.length > 0), errors };
    }
    const { value, errors } = await gatherSome(
      "nsqlookupd",
      this.lookupd,
      same,
      (lookupd) => this.daemons.lookupdProducers(lookupd, topic),
    );
    const byName = new Map<string, Node>();
    for (const node of value.flatMap((said) => said.value)) {
      if (!byName.has(nodeName(node))) byName.set(nodeName(node), node);
    }
    return {
      value: [...byName].map(([address, node]) => ({ address, node })),
      errors: errors.filter((error) => !saysTopicUnknown(error)),
    };
  }

  /** Figures of a topic on each of its nodes, or of one channel of it. */
  async topicStats(
    topic: string,
    selection: Omit<StatsSelection, "topic"> = {},
  ): Promise<Answer<TopicStats[]>> {
    const asked = this.hasLookupd
      ? await this.#askProducers(topic, { ...selection, topic })
      : await this.#askNsqds({ ...selection, topic });
    const value = byHostname(asked.value.flatMap(({ stats }) => stats.topics));
    if (value.length === 0 && !this.hasLookupd && !await this.#hasTopic(topic, selection)) {
      throw new UpstreamError("nsqd", asked.errors);
    }
    return { value, errors: asked.errors };
  }

  /** A node leaves a topic out which does not have the channel that was asked for: asks once more. */
  async #hasTopic(topic: string, { channel }: { channel?: string }): Promise<boolean> {
    return channel !== undefined && (await this.producers(topic)).value.length > 0;
  }

  /** Figures of nodes that are known already. @throws UpstreamError when none of them answers */
  statsOf(
    nodes: readonly LocatedNode[],
    selection: StatsSelection,
  ): Promise<Answer<AskedNode[]>> {
    return this.#ask(nodes, selection);
  }

  /** All nodes, each with its figures. */
  async stats(selection: StatsSelection = {}): Promise<Answer<AskedNode[]>> {
    if (!this.hasLookupd) return await this.#askNsqds(selection);
    const nodes = await this.nodes();
    return withErrors(nodes.errors, await this.#ask(nodes.value.map(located), selection));
  }

  /** One node with its figures; undefined when there is no node of that name. @throws Error when it does not answer */
  async node(name: string, selection: StatsSelection): Promise<Answer<AskedNode | undefined>> {
    const { value, errors } = await this.locate(name);
    if (value === undefined) return { value, errors };
    const asked = await this.#ask([value], selection);
    return { value: asked.value[0], errors };
  }

  /** Where the node of that name is asked; undefined when there is none. */
  async locate(name: string): Promise<Answer<LocatedNode | undefined>> {
    const { value, errors } = await this.everyNode();
    return { value: value.find(({ node }) => nodeName(node) === name), errors };
  }

  /** Where each node is asked. */
  async everyNode(): Promise<Answer<LocatedNode[]>> {
    if (!this.hasLookupd) return await this.#locateNsqds();
    const { value, errors } = await this.nodes();
    return { value: value.map(located), errors };
  }

  /**
   * Everything at once, for those who watch. Never throws for daemons that do not answer.
   *
   * @param remembered nodes that are asked even if nobody lists them any more
   */
  snapshot(
    selection: StatsSelection = {},
    remembered: readonly LocatedNode[] = [],
  ): Promise<ClusterSnapshot> {
    return takeSnapshot(this.daemons, this.#options.addresses(), selection, remembered);
  }

  /** POSTs to all lookupds. Gives back who failed. */
  async commandLookupds(path: string, parameters: Parameters): Promise<readonly DaemonError[]> {
    const { errors } = await gather(
      this.lookupd,
      same,
      (address) => this.daemons.command(address, path, parameters),
    );
    return errors;
  }

  /** POSTs to these nodes. Gives back who failed. */
  async commandNodes(
    nodes: readonly Pick<LocatedNode, "address">[],
    path: string,
    parameters: Parameters,
  ): Promise<readonly DaemonError[]> {
    const { errors } = await gather(
      nodes,
      ({ address }) => address,
      ({ address }) => this.daemons.command(address, path, parameters),
    );
    return errors;
  }

  /** The nodes at the addresses that were given, without their figures. */
  async #locateNsqds(): Promise<Answer<LocatedNode[]>> {
    const { value, errors } = await gatherSome(
      "nsqd",
      this.nsqd,
      same,
      (address) => this.daemons.nsqd(address),
    );
    return { value: value.map(({ address, value }) => ({ address, node: value })), errors };
  }

  /** Asks the nsqds at the addresses that were given what they are, and for their figures. */
  async #askNsqds(selection: StatsSelection): Promise<Answer<AskedNode[]>> {
    const { value, errors } = await gatherSome("nsqd", this.nsqd, same, async (address) => {
      const found = { address, node: await this.daemons.nsqd(address) };
      return { ...found, stats: await this.daemons.stats(found, selection) };
    });
    const asked = value.map((said) => said.value);
    return { value: asked, errors };
  }

  async #askProducers(topic: string, selection: StatsSelection): Promise<Answer<AskedNode[]>> {
    const producers = await this.producers(topic);
    return withErrors(producers.errors, await this.#ask(producers.value, selection));
  }

  async #ask(
    nodes: readonly LocatedNode[],
    selection: StatsSelection,
  ): Promise<Answer<AskedNode[]>> {
    const { value, errors } = await gatherSome(
      "nsqd",
      nodes,
      ({ address }) => address,
      async (found) => ({ ...found, stats: await this.daemons.stats(found, selection) }),
    );
    return { value: value.map((said) => said.value), errors };
  }

  async #union(ask: (lookupd: string) => Promise<string[]>): Promise<Answer<string[]>> {
    const { value, errors } = await gatherSome("nsqlookupd", this.lookupd, same, ask);
    return { value: sortedUnion(value.map((said) => said.value)), errors };
  }
}

function located(node: Node): LocatedNode {
  return { address: nodeName(node), node };
}

function topicNames({ stats }: AskedNode): string[] {
  return stats.topics.map((topic) => topic.topic_name);
}

function withTopics(node: Node, { topics }: NodeStats): Node {
  const named = topics.map(({ topic_name }) => ({ topic: topic_name, tombstoned: false }));
  return { ...node, topics: named.length === 0 ? null : named };
}

function withErrors<T>(earlier: readonly DaemonError[], answer: Answer<T>): Answer<T> {
  return { value: answer.value, errors: [...earlier, ...answer.errors] };
}
