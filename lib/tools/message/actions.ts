/** What can be done to messages. */

import { integer, word } from "../../cli/kind.ts";
import { inGroup } from "../../cli/option_table.ts";
import type { Parameters } from "../../cluster/daemons.ts";
import { objectOf } from "../../cluster/fields.ts";
import { actOn, NO_SUCH_MESSAGE, nodesOf } from "../session/acting.ts";
import { action } from "../session/action.ts";
import { counted } from "../session/found.ts";
import type { Item, Value } from "../session/item.ts";
import type { Report } from "../session/report.ts";
import type { Session } from "../session/session.ts";

const general = inGroup("General");
const number = () => ({ ...integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), format: () => "" });

/** `nsq message kick` and `nsq channel kick`. */
export const kickAction = (group: "message" | "channel") =>
  action({
    name: "kick",
    words: "TOPIC CHANNEL [ID]",
    summary:
      "Sends dead messages of a channel back to it, with attempts from 0, and deferred ones now.",
    examples: [
      {
        title: "ten of them, two a second",
        lines: [`nsq ${group} kick orders archive --count=10 --rate=2`],
      },
      { title: "all of them", lines: [`nsq ${group} kick orders archive`] },
    ],
    table: {
      state: general(
        "state",
        word({ "": undefined, dead: "dead", deferred: "deferred" } as const),
        undefined,
        "dead or deferred ones alone",
      ),
      count: general("count", number(), 0, "so many on each broker; default: all"),
      rate: general("rate", number(), 0, "so many a second; default: at once"),
    },
    async run({ cluster }, { state, count, rate }, [topic = "", channel = "", id]) {
      return await onMessages(
        cluster,
        "/channel/kick",
        {
          topic,
          channel,
          id,
          state,
          count: count > 0 ? String(count) : undefined,
          rate: rate > 0 ? String(rate) : undefined,
        },
        "kicked",
        `has no message ${id} that is ${state ?? "dead or deferred"}: no other is kicked`,
      );
    },
  });

/** `nsq message delete`. */
export const DELETE = action({
  name: "delete",
  words: "TOPIC CHANNEL ID",
  summary: "Deletes one message that is dead, deferred or in flight.",
  examples: [
    {
      title: "without a question, for a script",
      lines: ["nsq message delete orders archive 0123456789abcdef --yes || echo it is gone"],
    },
    {
      title: "which ids are there?",
      lines: ["nsq message ls orders archive --state=deferred --quiet"],
    },
  ],
  asks: true,
  table: {},
  async run(session, _options, [topic = "", channel = "", id = ""]) {
    session.confirm(`Deleting message ${id} of channel ${channel} of topic ${topic} loses it`);
    const names = { topic, channel, id };
    return await onMessages(
      session.cluster,
      "/message/delete",
      names,
      "deleted",
      `has no message ${id} that is dead, deferred or in flight: one that is queued cannot be deleted`,
    );
  },
});

/** `nsq message cancel`. */
export const CANCEL = action({
  name: "cancel",
  words: "TOPIC KEY",
  summary: "Deletes a deferred message that was published with this key, in all channels.",
  examples: [
    {
      title: "a reminder that is not needed any more",
      lines: ["nsq message cancel orders order-17 --yes || echo it is gone"],
    },
    { title: "what is deferred still?", lines: ["nsq message ls orders archive --state=deferred"] },
  ],
  asks: true,
  table: {},
  async run(session, _options, [topic = "", key = ""]) {
    session.confirm(`Cancelling the message with key ${key} of topic ${topic} loses it`);
    const report = await onMessages(
      session.cluster,
      "/message/cancel",
      { topic, key },
      "cancelled",
      `has no deferred message with the key ${key}`,
    );
    if (report.items.length === 0 && report.errors.length === 0) {
      throw new Error(`no deferred message of topic ${topic} has the key ${key}`);
    }
    const lines = report.items.map(({ node, channels }) => {
      const where = Number(channels) === 0 ? "the topic" : counted(Number(channels), "channel");
      return `cancelled it in ${where} on ${node}`;
    });
    return { ...report, lines };
  },
});

/**
 * Acts on every node that has the topic. A message is on one of them: the others have not got it.
 *
 * @param missing what is said of a node where none of them has: brokers do not say in which states they have looked
 */
async function onMessages(
  cluster: Session["cluster"],
  path: string,
  parameters: Parameters & { readonly topic: string },
  past: string,
  missing: string,
): Promise<Report> {
  const nodes = await nodesOf(cluster, parameters.topic);
  const { value, errors } = await actOn(cluster, nodes, path, parameters);
  const items = value.map(({ node, value }): Item => ({
    node,
    done: past,
    ...objectOf(value) as Item,
  }));
  return {
    items,
    columns: [],
    name: ({ node }) => String(node),
    lines: items.map((item) => `${past} ${countIn(item)} on ${item.node}`),
    errors: errors.map((error) =>
      error.message === NO_SUCH_MESSAGE ? { ...error, message: missing } : error
    ),
  };
}

/** How many there were, where the broker says. */
function countIn(item: Item): Value {
  const count = Object.values(item).find((each) => typeof each === "number");
  return typeof count === "number" ? counted(count, "message") : "it";
}
