/** Everything that can be done to topics and channels, with what it costs. */
import type {
  ChannelFigures,
  ChannelRow,
  Lacking,
  LastFigures,
  QueueFigures,
} from "../../console/contract.ts";
import { actions } from "./api.ts";
import type { Question } from "./dialog.tsx";
import { count, plural } from "./format.ts";
import { since } from "./lacking.tsx";

/** A topic as far as the questions need to know it. */
export interface TopicFacts {
  name: string;
  total: QueueFigures;
  lacking: Lacking | null;
  channels: ChannelRow[];
  /** Nodes that answer and have it. */
  nodes: number;
}

export interface ChannelFacts {
  topic: string;
  name: string;
  total: ChannelFigures;
  lacking: Lacking | null;
  /** Nodes that answer and have it. */
  nodes: number;
}

export const topicQuestions = {
  pause: ({ name, total, lacking, nodes }: TopicFacts): Question => ({
    title: `Pause topic ${name}`,
    verb: "Pause topic",
    request: { deed: "pause", topic: name },
    action: actions.topic(name, "pause"),
    effect: (
      <>
        <p>
          New messages wait in the topic on {plural(nodes, "node")}{" "}
          and reach no channel until it is unpaused. {plural(total.depth, "message")}{" "}
          waiting now. Nothing is lost.
        </p>
        <Absent lacking={lacking} />
      </>
    ),
    done: `Topic ${name} is paused.`,
  }),
  unpause: ({ name, total, lacking }: TopicFacts): Question => ({
    title: `Unpause topic ${name}`,
    verb: "Unpause topic",
    request: { deed: "unpause", topic: name },
    action: actions.topic(name, "unpause"),
    effect: (
      <>
        <p>
          {total.depth === 0
            ? "No message waits. New ones flow to the channels again."
            : `${plural(total.depth, "waiting message")} will flow to the channels.`}
        </p>
        <Absent lacking={lacking} />
      </>
    ),
    done: `Topic ${name} flows again.`,
  }),
  empty: ({ name, total, lacking, channels }: TopicFacts): Question => ({
    title: `Empty topic ${name}`,
    verb: "Empty topic",
    request: { deed: "empty", topic: name },
    action: actions.topic(name, "empty"),
    effect: (
      <>
        <Loss of={total} where="in the topic's own queue" />
        <Absent lacking={lacking} />
        {channels.length > 0 && (
          <p>
            Its {plural(channels.length, "channel")}{" "}
            {channels.length === 1 ? "keeps what it already has" : "keep what they already have"}.
          </p>
        )}
      </>
    ),
    nameToType: name,
    isDestructive: true,
    done: `Topic ${name} was emptied.`,
  }),
  delete: ({ name, total, lacking, channels, nodes }: TopicFacts): Question => {
    const depth = channels.reduce((sum, channel) => sum + channel.depth, total.depth);
    const inFlight = channels.reduce((sum, channel) => sum + channel.inFlight, 0);
    const deferred = channels.reduce((sum, channel) => sum + channel.deferred, 0);
    const clients = channels.reduce((sum, channel) => sum + channel.clients, 0);
    return {
      title: `Delete topic ${name}`,
      verb: "Delete topic",
      request: { deed: "delete", topic: name },
      action: actions.deleteTopic(name),
      effect: (
        <>
          <Loss of={{ depth, inFlight, deferred }} />
          <Absent lacking={withChannels(lacking, channels)} />
          <p>
            The topic goes from {plural(nodes, "node")} and from lookupd
            {channels.length > 0 && `, with ${plural(channels.length, "channel")}`}.{" "}
            {closed(clients)} A producer that still publishes creates it anew.
          </p>
        </>
      ),
      nameToType: name,
      isDestructive: true,
      done: `Topic ${name} was deleted.`,
    };
  },
  tombstone: (topic: string, node: string): Question => ({
    title: `Tombstone ${topic} on ${node}`,
    verb: "Tombstone",
    request: { deed: "tombstone", topic, node },
    action: actions.tombstone(topic, node),
    effect: (
      <>
        <p>
          lookupd hides topic <code>{topic}</code>{" "}
          on this node from consumers for a while (45 s by default), and the topic is deleted there,
          with all messages that it has there.
        </p>
        <p>Use it when the node shall not get this topic any more. Stop its producers first.</p>
      </>
    ),
    nameToType: node,
    isDestructive: true,
    done: `Topic ${topic} is tombstoned on ${node}.`,
  }),
};

export const channelQuestions = {
  pause: ({ topic, name, total, lacking }: ChannelFacts): Question => ({
    title: `Pause channel ${name}`,
    verb: "Pause channel",
    request: { deed: "pause", topic, channel: name },
    action: actions.channel(topic, name, "pause"),
    effect: (
      <>
        <p>
          {total.clients === 0
            ? "Nothing is delivered"
            : `${plural(total.clients, "consumer connection")} ${
              total.clients === 1 ? "gets" : "get"
            } no more messages`} until it is unpaused; messages wait. Nothing is lost.
        </p>
        <Absent lacking={lacking} />
      </>
    ),
    done: `Channel ${name} is paused.`,
  }),
  unpause: ({ topic, name, total, lacking }: ChannelFacts): Question => ({
    title: `Unpause channel ${name}`,
    verb: "Unpause channel",
    request: { deed: "unpause", topic, channel: name },
    action: actions.channel(topic, name, "unpause"),
    effect: (
      <>
        <p>
          {total.depth === 0
            ? "No message waits."
            : total.clients === 0
            ? `${plural(total.depth, "message")} ${
              total.depth === 1 ? "waits" : "wait"
            }, and no consumer is connected: the first one that comes gets them.`
            : `${plural(total.depth, "waiting message")} will be delivered to ${
              plural(total.clients, "consumer connection")
            }.`}
        </p>
        <Absent lacking={lacking} />
      </>
    ),
    done: `Channel ${name} flows again.`,
  }),
  empty: ({ topic, name, total, lacking }: ChannelFacts): Question => ({
    title: `Empty channel ${name}`,
    verb: "Empty channel",
    request: { deed: "empty", topic, channel: name },
    action: actions.channel(topic, name, "empty"),
    effect: (
      <>
        <Loss of={total} />
        <Absent lacking={lacking} />
      </>
    ),
    nameToType: name,
    isDestructive: true,
    done: `Channel ${name} was emptied.`,
  }),
  delete: ({ topic, name, total, lacking, nodes }: ChannelFacts): Question => ({
    title: `Delete channel ${name}`,
    verb: "Delete channel",
    request: { deed: "delete", topic, channel: name },
    action: actions.deleteChannel(topic, name),
    effect: (
      <>
        <Loss of={total} />
        <Absent lacking={lacking} />
        <p>
          The channel goes from {plural(nodes, "node")} and from lookupd. {closed(total.clients)}
          {" "}
          A consumer that connects again creates it anew, empty.
        </p>
      </>
    ),
    nameToType: name,
    isDestructive: true,
    done: `Channel ${name} was deleted.`,
  }),
};

/** What becomes of consumers. */
function closed(clients: number): string {
  return clients === 0 ? "" : `${plural(clients, "consumer connection")} will be closed.`;
}

/** What is lost when these messages go. Nobody is warned of losing none. */
function Loss(
  { of: { depth, inFlight = 0, deferred = 0 }, where = "" }: {
    of: { depth: number; inFlight?: number; deferred?: number };
    where?: string;
  },
) {
  const place = where === "" ? "" : ` ${where}`;
  if (depth + inFlight + deferred === 0) {
    return <p>No message waits{place}, is in flight or deferred: none is lost.</p>;
  }
  const parts = [`${plural(depth, "message")} waiting`];
  if (inFlight > 0) parts.push(`${count(inFlight)} in flight`);
  if (deferred > 0) parts.push(`${count(deferred)} deferred`);
  return <p class="loss">{parts.join(", ")}{place} will be lost for good.</p>;
}

/** Nodes on which it will hardly happen. */
function Absent({ lacking }: { lacking: Lacking | null }) {
  if (lacking === null) return null;
  const { nodes, sinceMs, isPartlyUnknown, last } = lacking;
  const had = last.depth + last.inFlight + last.deferred;
  return (
    <p class="note warning">
      {nodes.join(", ")} {nodes.length === 1 ? "does" : "do"} not answer since {since(sinceMs)}
      {isPartlyUnknown ? "" : ` and held ${plural(had, "message")} then`}: it is tried there, too,
      and you are told where it did not happen.
    </p>
  );
}

/** What the topic lacks with its channels. */
function withChannels(own: Lacking | null, channels: readonly ChannelRow[]): Lacking | null {
  if (own === null) return null;
  const add = (key: keyof LastFigures) =>
    channels.reduce((sum, { lacking }) => sum + (lacking?.last[key] ?? 0), own.last[key]);
  const last = {
    ...own.last,
    depth: add("depth"),
    inFlight: add("inFlight"),
    deferred: add("deferred"),
  };
  return { ...own, last };
}
