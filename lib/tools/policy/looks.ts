/** `nsq policy ls` and `nsq policy info`. */

import { listOf, objectOf, textOf } from "../../cluster/fields.ts";
import { action } from "../session/action.ts";
import { askEach, merged } from "../session/every_node.ts";
import type { Item, Value } from "../session/item.ts";
import { tableLines } from "../session/table.ts";

/** `nsq policy ls`. */
export const LIST = action({
  name: "ls",
  words: "",
  summary: "Lists policies. One that is not the same on all brokers has a row for each way it is.",
  examples: [
    { title: "which there are", lines: ["nsq policy ls"] },
    { title: "with all they say, for a script", lines: ["nsq policy ls --json"] },
  ],
  table: {},
  async run({ cluster }) {
    const { value, errors } = await askEach(cluster, await cluster.everyNode(), "/policy/list");
    const said = value.map(({ node, value }) => ({
      node,
      value: listOf(objectOf(value).policies).map((each) => objectOf(each) as Item),
    }));
    const items = merged(said, ({ name }) => textOf(name))
      .map(({ value, nodes }): Item => ({ policy: value.name, ...value, nodes }));
    return {
      items: items.map(({ name: _, ...item }) => item),
      columns: [
        "policy",
        "topic",
        "channel",
        "priority",
        ["set", "sets"],
        "fixed",
        ...value.length > 1 ? ["nodes"] : [],
      ],
      name: ({ policy }) => textOf(policy),
      ...items.length === 0 && errors.length === 0 && { lines: ["no policies"] },
      errors,
    };
  },
});

/** `nsq policy info`. */
export const INFO = action({
  name: "info",
  words: "TOPIC [CHANNEL]",
  summary: "Tells what holds for a topic or channel, and which policy says so.",
  examples: [
    { title: "for a channel", lines: ["nsq policy info orders archive"] },
    { title: "for the topic, as JSON", lines: ["nsq policy info orders --json"] },
  ],
  table: {},
  async run({ cluster }, _options, [topic = "", channel]) {
    const nodes = await cluster.everyNode();
    const answers = await askEach(cluster, nodes, "/policy/effective", { topic, channel });
    const said = answers.value.map(({ node, value }) => ({ node, value: fieldsIn(value) }));
    const items = merged(said, ({ field }) => textOf(field))
      .map(({ value, nodes }): Item => ({ ...value, nodes }));
    const rows = items.map((item) => ({ ...item, value: shown(item.value) }));
    return {
      items,
      columns: [],
      lines: tableLines(rows, ["field", "value", "policy", ...said.length > 1 ? ["nodes"] : []]),
      name: ({ field }) => textOf(field),
      errors: answers.errors,
    };
  },
});

/** A field that is not set has a value, too. */
function shown(value: Value): Value {
  if (value === false) return "no";
  return value === null || (Array.isArray(value) && value.length === 0) ? "none" : value;
}

function fieldsIn(answer: unknown): Item[] {
  return Object.entries(objectOf(objectOf(answer).fields)).map(([field, said]) => {
    const { value, policy } = objectOf(said);
    return { field, value: value as Value, policy: policy as Value };
  });
}
