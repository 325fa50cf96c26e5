/** What can be done to a topic. */

import { boolean } from "../../cli/kind.ts";
import { inGroup } from "../../cli/option_table.ts";
import { gather } from "../../cluster/answer.ts";
import type { LocatedNode } from "../../cluster/daemons.ts";
import { listOf, objectOf } from "../../cluster/fields.ts";
import { action } from "../session/action.ts";
import {
  actAt,
  actOn,
  createdReport,
  doneReport,
  nodesOf,
  producersOf,
} from "../session/acting.ts";
import { named, namesAt } from "../session/every_node.ts";
import { channelsOf, counted, deadOf, findTopic, unfinished } from "../session/found.ts";
import type { Session } from "../session/session.ts";

const general = inGroup("General");

/** `nsq topic create`. */
export const CREATE = action({
  name: "create",
  words: "TOPIC",
  summary: "Makes a topic: known to every lookupd, or on the brokers where there is none.\n" +
    "A broker that has not the topic makes it when somebody publishes to it there.",
  examples: [
    { title: "make a topic known to the cluster", lines: ["nsq topic create invoices"] },
    {
      title: "make it on one broker",
      lines: ["nsq topic create invoices --nsqd-http-address=127.0.0.1:4151"],
    },
  ],
  table: {
    allNodes: general("all-nodes", boolean(), false, "make it on every broker now, too"),
  },
  async run({ cluster }, { allNodes }, [topic = ""]) {
    const { hasLookupd, lookupd, nsqd } = cluster;
    const nodes = hasLookupd && allNodes
      ? await cluster.everyNode()
      : { value: hasLookupd ? [] : await willingNodes(cluster), errors: [] };
    const addresses = hasLookupd ? [...lookupd, ...nodes.value.map(nodeAddress)] : nsqd;
    const before = await havingTopic(cluster, addresses, topic);
    const { value, errors } = await actAt(cluster, addresses, "/topic/create", { topic });
    const nameAt = namesAt(nodes.value), has = value.map(({ address }) => nameAt(address));
    const errorsOfAll = [...nodes.errors, ...errors];
    return createdReport({ topic }, new Set([...before].map(nameAt)), has, errorsOfAll);
  },
});

/** The brokers that say what they are called. A token for some topics may not ask, and its topic is made all the same: they go by their addresses then. */
async function willingNodes(cluster: Session["cluster"]): Promise<readonly LocatedNode[]> {
  return await cluster.everyNode().then(({ value }) => value, () => []);
}

function nodeAddress({ address }: LocatedNode): string {
  return address;
}

/** Which of these daemons have the topic. Who does not say is asked to make it. */
async function havingTopic(
  { lookupd, daemons }: Session["cluster"],
  addresses: readonly string[],
  topic: string,
): Promise<Set<string>> {
  const { value } = await gather(addresses, (address) => address, async (address) => {
    if (lookupd.includes(address)) return (await daemons.lookupdTopics(address)).includes(topic);
    const stats = objectOf(await daemons.ask(address, "/stats", { format: "json", topic }));
    return listOf(stats.topics).length > 0;
  });
  return new Set(value.filter(({ value }) => value).map(({ address }) => address));
}

/** `nsq topic pause` and `nsq topic unpause`. */
function pausing(name: "pause" | "unpause", summary: string, title: string) {
  return action({
    name,
    words: "TOPIC",
    summary,
    examples: [
      { title, lines: [`nsq topic ${name} orders`] },
      {
        title: "on one broker alone, with an answer for a script",
        lines: [`nsq topic ${name} orders --nsqd-http-address=127.0.0.1:4151 --json`],
      },
    ],
    table: {},
    async run({ cluster }, _options, [topic = ""]) {
      const nodes = await nodesOf(cluster, topic);
      const { value, errors } = await actOn(cluster, nodes, `/topic/${name}`, { topic });
      return doneReport({ topic }, `${name}d`, value.map(({ node }) => node), errors);
    },
  });
}

export const PAUSE = pausing(
  "pause",
  "Pauses a topic: what is published waits, and reaches no channel.",
  "hold back what is published from now on",
);
export const UNPAUSE = pausing(
  "unpause",
  "Lets a paused topic flow again.",
  "let it flow again",
);

/** `nsq topic empty`. */
export const EMPTY = action({
  name: "empty",
  words: "TOPIC",
  summary:
    "Throws away what waits in a topic that has no channel, or is paused. Its channels keep\n" +
    "what they have: see nsq channel empty.",
  examples: [
    { title: "after a question", lines: ["nsq topic empty orders --yes"] },
    {
      title: "on one broker alone",
      lines: ["nsq topic empty orders --yes --nsqd-http-address=127.0.0.1:4151"],
    },
  ],
  asks: true,
  table: {},
  async run(session, _options, [topic = ""]) {
    const { cluster } = session;
    const found = await findTopic(cluster, topic);
    const nodes = await nodesOf(cluster, topic);
    if (found.topic.depth === 0 && found.errors.length + nodes.errors.length === 0) {
      const report = doneReport({ topic }, "emptied", [], []);
      return { ...report, lines: [`topic ${topic} has no messages that wait in it`] };
    }
    session.confirm(
      `Emptying topic ${topic} on ${counted(nodes.value.length, "broker")} loses ` +
        counted(found.topic.depth, "message"),
    );
    const { value, errors } = await actOn(cluster, nodes, "/topic/empty", { topic });
    return doneReport({ topic }, "emptied", value.map(({ node }) => node), errors);
  },
});

/** `nsq topic delete`. */
export const DELETE = action({
  name: "delete",
  words: "TOPIC",
  summary: "Deletes a topic with its channels and messages, on every broker and lookupd.",
  examples: [
    { title: "without a question, for a script", lines: ["nsq topic delete old --yes"] },
    {
      title: "on one broker alone",
      lines: ["nsq topic delete older --yes --nsqd-http-address=127.0.0.1:4151"],
    },
  ],
  asks: true,
  table: {},
  async run(session, _options, [topic = ""]) {
    const { cluster } = session;
    const nodes = await producersOf(cluster, topic);
    if (nodes.value.length > 0) session.confirm(await lossOf(cluster, topic, nodes.value.length));
    // Lookupd first: a broker that has deleted it would be told of it again.
    const addresses = [...cluster.lookupd, ...nodes.value.map(({ address }) => address)];
    if (addresses.length === 0) throw new Error(`no broker has topic ${topic}`);
    const { value, errors } = await actAt(cluster, addresses, "/topic/delete", { topic });
    const done = named(nodes.value, value).map(({ node }) => node);
    return doneReport({ topic }, "deleted", done, [...nodes.errors, ...errors]);
  },
});

async function lossOf(cluster: Session["cluster"], name: string, nodes: number): Promise<string> {
  const { topic } = await findTopic(cluster, name);
  const channels = channelsOf(topic);
  const messages = channels.reduce(
    (sum, channel) => sum + unfinished(channel) + (deadOf(channel) ?? 0),
    topic.depth,
  );
  return `Deleting topic ${name} on ${counted(nodes, "broker")} loses ` +
    `${counted(channels.length, "channel")} and ${counted(messages, "message")}`;
}
