/** Looks at messages and changes nothing: `nsq message ls`, `nsq channel peek`, `nsq topic peek`. */

import { integer, word } from "../../cli/kind.ts";
import { inGroup } from "../../cli/option_table.ts";
import { UsageError } from "../../cli/usage_error.ts";
import { listOf, numberOf, objectOf, textOf } from "../../cluster/fields.ts";
import { nodesOf } from "../session/acting.ts";
import { type Action, action } from "../session/action.ts";
import { askEach, type NodeSaid } from "../session/every_node.ts";
import { counted } from "../session/found.ts";
import type { Item, Value } from "../session/item.ts";
import { tableLines } from "../session/table.ts";

const MAX_COUNT = 1000;
const DEFAULT_COUNT = 20;
const MAX_BODY_BYTES = 16 * 1024 * 1024;
const DEFAULT_BODY_BYTES = 64 * 1024;
/** Longer bodies are cut in the table, in characters. */
const SHOWN_BODY_LENGTH = 60;

const STATES = {
  queued: "queued",
  in_flight: "in_flight",
  deferred: "deferred",
  dead: "dead",
} as const;

const look = inGroup("Look");

/** @param group that the action is in: of a topic, of a channel, or either */
export function peekAction(name: string, group: "topic" | "channel" | "message"): Action {
  const words = { topic: "TOPIC", channel: "TOPIC CHANNEL", message: "TOPIC [CHANNEL]" }[group];
  const of = group === "topic" ? "orders" : "orders archive";
  return action({
    name,
    words,
    summary: group === "topic"
      ? "Shows what waits in a topic that has no channel, or is paused. Changes nothing."
      : "Shows messages of a channel, the next one first: queued, in flight, deferred or dead.\n" +
        "Changes nothing: no attempts, no order.",
    examples: [
      { title: "what comes next", lines: [`nsq ${group} ${name} ${of} --count=3`] },
      {
        title: "those that are deferred, as JSON",
        lines: [`nsq ${group} ${name} ${of} --state=deferred --json`],
      },
    ],
    table: {
      state: look(
        "state",
        word(STATES),
        "queued",
        group === "topic" ? "queued or deferred" : "queued, in_flight, deferred or dead",
      ),
      count: look(
        "count",
        integer({ min: 1, max: MAX_COUNT }),
        DEFAULT_COUNT,
        "how many, of all brokers together",
      ),
      offset: look(
        "offset",
        integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
        0,
        "leave out so many on each broker",
      ),
      maxBytes: look(
        "max-bytes",
        integer({ min: 0, max: MAX_BODY_BYTES }),
        DEFAULT_BODY_BYTES,
        "cut bodies that are longer",
      ),
    },
    check({ state }, [, channel]) {
      if (channel === undefined && (state === "in_flight" || state === "dead")) {
        throw new UsageError(`--state=${state} needs a channel`);
      }
    },
    async run({ cluster }, { state, count, offset, maxBytes }, [topic = "", channel]) {
      const path = channel === undefined ? "/topic/peek" : "/channel/peek";
      const parameters = { topic, channel, state, count, offset, max_bytes: maxBytes };
      const texts = Object.fromEntries(
        Object.entries(parameters).map(([key, value]) => [key, value?.toString()]),
      );
      const { value, errors } = await askEach(cluster, await nodesOf(cluster, topic), path, texts);
      const all = value.flatMap(messageItems);
      const order = state === "deferred" ? "due" : "published";
      all.sort((a, b) => textOf(a[order]) < textOf(b[order]) ? -1 : 1);
      const items = all.slice(0, count);
      const total = value.reduce((sum, said) => sum + numberOf(objectOf(said.value).total), 0);
      return {
        items,
        columns: [],
        name: ({ id }) => textOf(id),
        lines: value.length === 0 ? [] : peekLines(items, total, state),
        errors,
      };
    },
  });
}

function messageItems({ node, value }: NodeSaid<unknown>): Item[] {
  return listOf(objectOf(value).messages)
    .map((message) => ({ node, ...objectOf(message) as Item }));
}

function peekLines(items: readonly Item[], total: number, state: string): string[] {
  const what = state.replace("_", " ");
  if (total === 0) return [`no messages are ${what}`];
  const all = `${counted(total, "message")} that ${total === 1 ? "is" : "are"} ${what}`;
  if (items.length === 0) return [`none of ${all}`];
  const rows = items.map((item): Item => ({ ...item, shown: shownBody(item) }));
  const more = Object.keys(rows[0]!).filter((key) => ["due", "why_dead"].includes(key));
  return [
    ...tableLines(rows, ["id", "node", "published", "attempts", "size", ...more, [
      "shown",
      "body",
    ]]),
    "",
    `${items.length.toLocaleString("en-US")} of ${all}`,
  ];
}

function shownBody({ body, body_base64 }: Item): Value {
  const text = typeof body === "string" ? body : `base64 ${textOf(body_base64)}`;
  return text.length > SHOWN_BODY_LENGTH ? text.slice(0, SHOWN_BODY_LENGTH) + "…" : text;
}
