/** What can be done to a channel. */

import { gather } from "../../cluster/answer.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import type { ChannelStats } from "../../cluster/stats.ts";
import { listOf, numberOf, objectOf } from "../../cluster/fields.ts";
import { boolean } from "../../cli/kind.ts";
import { inGroup } from "../../cli/option_table.ts";
import { UsageError } from "../../cli/usage_error.ts";
import { isEphemeralName } from "../../wire/names.ts";
import { action } from "../session/action.ts";
import {
  actAt,
  actOn,
  createdReport,
  doneReport,
  nodesOf,
  producersOf,
} from "../session/acting.ts";
import { askEach, named, namesAt } from "../session/every_node.ts";
import { counted, deadOf, findChannel, findTopic, unfinished } from "../session/found.ts";

import { position, POSITIONS, sentPosition } from "./position.ts";

const general = inGroup("General");

/** `nsq channel create`. */
export const CREATE = action({
  name: "create",
  words: "TOPIC CHANNEL",
  summary: "Makes a channel, on every broker that has the topic and in every lookupd.",
  examples: [
    { title: "before the first consumer comes", lines: ["nsq channel create orders audit"] },
    {
      title: "on one broker",
      lines: ["nsq channel create orders audit --nsqd-http-address=127.0.0.1:4151"],
    },
  ],
  table: {
    from: general("from", position(), "", `durable topics: begin in the past, at ${POSITIONS}`),
  },
  check({ from }, [, channel = ""]) {
    if (from !== "" && isEphemeralName(channel)) {
      throw new UsageError("--from: an ephemeral channel has no past");
    }
  },
  async run({ cluster }, { from }, [topic = "", channel = ""]) {
    const names = { topic, channel };
    if (from === "") {
      const first = cluster.hasLookupd ? cluster.lookupd : cluster.nsqd;
      const made = await actAt(cluster, first, "/topic/create", { topic });
      const nodes = await producersOf(cluster, topic);
      const addresses = [...cluster.lookupd, ...nodes.value.map(({ address }) => address)];
      const before = await havingChannel(cluster, addresses, names);
      const { value, errors } = await actAt(cluster, addresses, "/channel/create", names);
      const nameAt = namesAt(nodes.value);
      const has = value.map(({ address }) => nameAt(address));
      return createdReport(names, new Set([...before].map(nameAt)), has, [
        ...made.errors,
        ...nodes.errors,
        ...errors,
      ]);
    }
    await checkDurable(cluster, topic, "--from");
    const nodes = await nodesOf(cluster, topic);
    const made = await actOn(cluster, nodes, "/channel/create", {
      topic,
      channel,
      from: sentPosition(from),
    });
    return doneReport(names, "created", made.value.map(({ node }) => node), made.errors);
  },
});

/** Which of these daemons have the channel. Who does not say is asked to make it. */
async function havingChannel(
  { lookupd, daemons }: Cluster,
  addresses: readonly string[],
  { topic, channel }: { readonly topic: string; readonly channel: string },
): Promise<Set<string>> {
  const { value } = await gather(addresses, (address) => address, async (address) => {
    if (lookupd.includes(address)) {
      return (await daemons.lookupdChannels(address, topic)).includes(channel);
    }
    const stats = await daemons.ask(address, "/stats", { format: "json", topic, channel });
    return listOf(objectOf(stats).topics).some((each) =>
      listOf(objectOf(each).channels).length > 0
    );
  });
  return new Set(value.filter(({ value }) => value).map(({ address }) => address));
}

/** Go's nsqd takes a position for a word that it does not know, and begins at the end. @throws Error */
async function checkDurable(cluster: Cluster, topic: string, what: string): Promise<void> {
  const { value } = await nodesOf(cluster, topic);
  for (const { address } of value) {
    const info = await cluster.daemons.ask(address, "/info");
    if (typeof info === "object" && info !== null && "nsq_ts_version" in info) continue;
    throw new Error(`${what} needs durable topics, and ${address} is Go's nsqd`);
  }
}

/** `nsq channel pause` and `nsq channel unpause`. */
function pausing(name: "pause" | "unpause", summary: string, title: string) {
  return action({
    name,
    words: "TOPIC CHANNEL",
    summary,
    examples: [
      { title, lines: [`nsq channel ${name} orders archive`] },
      {
        title: "on one broker alone, with an answer for a script",
        lines: [`nsq channel ${name} orders archive --nsqd-http-address=127.0.0.1:4151 --json`],
      },
    ],
    table: {},
    async run({ cluster }, _options, [topic = "", channel = ""]) {
      const nodes = await nodesOf(cluster, topic);
      const { value, errors } = await actOn(cluster, nodes, `/channel/${name}`, { topic, channel });
      const done = value.map(({ node }) => node);
      return doneReport({ topic, channel }, `${name}d`, done, errors);
    },
  });
}

export const PAUSE = pausing(
  "pause",
  "Pauses a channel: its consumers get nothing, and what comes waits.",
  "give its consumers a rest",
);
export const UNPAUSE = pausing(
  "unpause",
  "Lets the consumers of a paused channel have messages again.",
  "go on",
);

/** `nsq channel empty`. */
export const EMPTY = action({
  name: "empty",
  words: "TOPIC CHANNEL",
  summary:
    "Throws away what waits in a channel, is in flight or deferred; with --dead its dead messages\n" +
    "and nothing else. The channel stays.",
  examples: [
    {
      title: "without a question, for a script",
      lines: ["nsq channel empty orders archive --yes"],
    },
    {
      title: "its dead messages, on one broker alone",
      lines: ["nsq channel empty orders archive --dead --yes --nsqd-http-address=127.0.0.1:4151"],
    },
  ],
  asks: true,
  table: {
    dead: general("dead", boolean(), false, "dead messages alone, see nsq message ls --state=dead"),
  },
  async run(session, { dead }, [topic = "", channel = ""]) {
    const { cluster } = session;
    const nodes = await nodesOf(cluster, topic);
    const found = await findChannel(cluster, topic, channel);
    const count = dead
      ? await deadCount(cluster, nodes, { topic, channel })
      : unfinished(found.channel);
    if (count === 0 && found.errors.length + nodes.errors.length === 0) {
      const what = dead ? "no dead messages" : "no messages";
      const report = doneReport({ topic, channel }, "emptied", [], []);
      return { ...report, lines: [`channel ${channel} of topic ${topic} has ${what}`] };
    }
    session.confirm(
      dead
        ? `Emptying channel ${channel} of topic ${topic} of its dead messages loses ` +
          counted(count, "message")
        : `Emptying ${await lossOf(cluster, topic, channel, unfinished)}`,
    );
    const path = dead ? "/channel/dead/empty" : "/channel/empty";
    const { value, errors } = await actOn(cluster, nodes, path, { topic, channel });
    const done = value.map(({ node }) => node);
    return doneReport({ topic, channel }, dead ? "emptied of the dead:" : "emptied", done, errors);
  },
});

/** How many dead messages a channel has on all these nodes. */
async function deadCount(
  cluster: Cluster,
  nodes: Parameters<typeof askEach>[1],
  names: { readonly topic: string; readonly channel: string },
): Promise<number> {
  const parameters = { ...names, state: "dead", count: "1", max_bytes: "0" };
  const { value } = await askEach(cluster, nodes, "/channel/peek", parameters);
  return value.reduce((sum, said) => sum + numberOf(objectOf(said.value).total), 0);
}

/** `nsq channel delete`. */
export const DELETE = action({
  name: "delete",
  words: "TOPIC CHANNEL",
  summary: "Deletes a channel with its messages, on every broker and lookupd.",
  examples: [
    { title: "without a question, for a script", lines: ["nsq channel delete orders old --yes"] },
    {
      title: "on one broker alone",
      lines: ["nsq channel delete orders older --yes --nsqd-http-address=127.0.0.1:4151"],
    },
  ],
  asks: true,
  table: {},
  async run(session, _options, [topic = "", channel = ""]) {
    const { cluster } = session;
    session.confirm(`Deleting ${await lossOf(cluster, topic, channel, withDead)}`);
    const nodes = await producersOf(cluster, topic);
    const addresses = [...cluster.lookupd, ...nodes.value.map(({ address }) => address)];
    const names = { topic, channel };
    const { value, errors } = await actAt(cluster, addresses, "/channel/delete", names);
    const done = named(nodes.value, value).map(({ node }) => node);
    return doneReport(names, "deleted", done, [...nodes.errors, ...errors]);
  },
});

/** Emptying leaves the dead, deleting does not. */
function withDead(channel: ChannelStats): number {
  return unfinished(channel) + (deadOf(channel) ?? 0);
}

async function lossOf(
  cluster: Cluster,
  topic: string,
  name: string,
  lost: (channel: ChannelStats) => number,
): Promise<string> {
  const { channel } = await findChannel(cluster, topic, name);
  const nodes = channel.nodes?.length ?? 1;
  return `channel ${name} of topic ${topic} on ${counted(nodes, "broker")} loses ` +
    counted(lost(channel), "message");
}

/** `nsq channel seek`. */
export const SEEK = action({
  name: "seek",
  words: "TOPIC CHANNEL",
  summary: "Moves a channel of a durable topic to a place in its past, or to now.\n" +
    "What is in flight is forgotten; what lies between is delivered again, or not at all.",
  examples: [
    {
      title: "all that is kept, once more",
      lines: ["nsq channel seek orders archive --to=earliest --yes"],
    },
    {
      title: "the last quarter of an hour, once more",
      lines: ["nsq channel seek orders archive --to=-15m --yes"],
    },
  ],
  asks: true,
  table: {
    to: general("to", position(), "", POSITIONS),
  },
  check({ to }) {
    if (to === "") throw new UsageError(`--to is missing: ${POSITIONS}`);
  },
  async run(session, { to }, [topic = "", channel = ""]) {
    const { cluster } = session;
    const { channel: found } = await findChannel(cluster, topic, channel);
    const { topic: all } = await findTopic(cluster, topic);
    if (!(all.nodes ?? []).some(({ durable }) => durable === true)) {
      throw new Error(`topic ${topic} is not durable and has no past: see --durable of nsqd`);
    }
    session.confirm(
      `Moving channel ${channel} of topic ${topic} to ${to}: ${becomes(to, unfinished(found))}`,
    );
    const nodes = await nodesOf(cluster, topic);
    const { value, errors } = await actOn(cluster, nodes, "/channel/seek", {
      topic,
      channel,
      to: sentPosition(to),
    });
    const done = value.map(({ node }) => node);
    return doneReport({ topic, channel }, `moved to ${to}:`, done, errors);
  },
});

/** What a seek does to the messages that a channel has now, and to others. */
function becomes(to: string, count: number): string {
  if (to === "earliest") return "all that is kept of its past comes again, finished or not";
  const now = `${counted(count, "message")} that it has now`;
  return to === "now" ? `${now} will be skipped` : `${now} may be skipped, others come again`;
}
