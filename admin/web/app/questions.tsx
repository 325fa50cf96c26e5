/** Everything that can be done to topics and channels, with what it costs. */
import type { ComponentChildren } from "preact";
import type { ChannelFigures, ChannelRow, QueueFigures } from "../../console/contract.ts";
import { actions } from "./api.ts";
import type { Question } from "./dialog.tsx";
import { lossOf } from "./figures.tsx";
import { count, plural } from "./format.ts";

/** A topic as far as the questions need to know it. */
export interface TopicFacts {
  name: string;
  total: QueueFigures;
  channels: ChannelRow[];
  nodes: number;
}

export interface ChannelFacts {
  topic: string;
  name: string;
  total: ChannelFigures;
  nodes: number;
}

export const topicQuestions = {
  pause: ({ name, total, nodes }: TopicFacts): Question => ({
    title: `Pause topic ${name}`,
    verb: "Pause topic",
    action: actions.topic(name, "pause"),
    effect: (
      <p>
        New messages wait in the topic on {plural(nodes, "node")}{" "}
        and reach no channel until it is unpaused. {plural(total.depth, "message")}{" "}
        waiting now. Nothing is lost.
      </p>
    ),
    done: `Topic ${name} is paused.`,
  }),
  unpause: ({ name, total }: TopicFacts): Question => ({
    title: `Unpause topic ${name}`,
    verb: "Unpause topic",
    action: actions.topic(name, "unpause"),
    effect: <p>{plural(total.depth, "waiting message")} will flow to the channels.</p>,
    done: `Topic ${name} flows again.`,
  }),
  empty: ({ name, total, channels }: TopicFacts): Question => ({
    title: `Empty topic ${name}`,
    verb: "Empty topic",
    action: actions.topic(name, "empty"),
    effect: (
      <>
        <Loss>{lossOf(total)} in the topic's own queue will be lost for good.</Loss>
        <p>
          Its {plural(channels.length, "channel")} keep what they already have.
        </p>
      </>
    ),
    nameToType: name,
    isDestructive: true,
    done: `Topic ${name} was emptied.`,
  }),
  delete: ({ name, total, channels, nodes }: TopicFacts): Question => {
    const depth = channels.reduce((sum, channel) => sum + channel.depth, total.depth);
    const inFlight = channels.reduce((sum, channel) => sum + channel.inFlight, 0);
    const deferred = channels.reduce((sum, channel) => sum + channel.deferred, 0);
    const clients = channels.reduce((sum, channel) => sum + channel.clients, 0);
    return {
      title: `Delete topic ${name}`,
      verb: "Delete topic",
      action: actions.deleteTopic(name),
      effect: (
        <>
          <Loss>{lossOf({ depth, inFlight, deferred })} will be lost for good.</Loss>
          <p>
            The topic goes from {plural(nodes, "node")} and from lookupd, with{" "}
            {plural(channels.length, "channel")}; {plural(clients, "consumer connection")}{" "}
            will be closed. A producer that still publishes creates it anew.
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
  pause: ({ topic, name, total }: ChannelFacts): Question => ({
    title: `Pause channel ${name}`,
    verb: "Pause channel",
    action: actions.channel(topic, name, "pause"),
    effect: (
      <p>
        Its {plural(total.clients, "consumer connection")}{" "}
        get no more messages until it is unpaused; they wait. Nothing is lost.
      </p>
    ),
    done: `Channel ${name} is paused.`,
  }),
  unpause: ({ topic, name, total }: ChannelFacts): Question => ({
    title: `Unpause channel ${name}`,
    verb: "Unpause channel",
    action: actions.channel(topic, name, "unpause"),
    effect: (
      <p>
        {plural(total.depth, "waiting message")} will be delivered to{" "}
        {plural(total.clients, "consumer connection")}.
      </p>
    ),
    done: `Channel ${name} flows again.`,
  }),
  empty: ({ topic, name, total }: ChannelFacts): Question => ({
    title: `Empty channel ${name}`,
    verb: "Empty channel",
    action: actions.channel(topic, name, "empty"),
    effect: <Loss>{lossOf(total)} will be lost for good.</Loss>,
    nameToType: name,
    isDestructive: true,
    done: `Channel ${name} was emptied.`,
  }),
  delete: ({ topic, name, total, nodes }: ChannelFacts): Question => ({
    title: `Delete channel ${name}`,
    verb: "Delete channel",
    action: actions.deleteChannel(topic, name),
    effect: (
      <>
        <Loss>{lossOf(total)} will be lost for good.</Loss>
        <p>
          The channel goes from {plural(nodes, "node")} and from lookupd; {count(total.clients)}
          {" "}
          of its connections will be closed. A consumer that connects again creates it anew, empty.
        </p>
      </>
    ),
    nameToType: name,
    isDestructive: true,
    done: `Channel ${name} was deleted.`,
  }),
};

function Loss({ children }: { children: ComponentChildren }) {
  return <p class="loss">{children}</p>;
}
