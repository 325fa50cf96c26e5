import { action } from "../session/action.ts";
import { definitionsText } from "./definitions.ts";
import { definitionsOf } from "./read_cluster.ts";

/** `nsq export`. */
export const EXPORT = action({
  name: "export",
  words: "",
  summary:
    "Prints what a cluster is made of: topics, channels, what is paused, and policies. No messages,\n" +
    "and nothing ephemeral. nsq import makes another cluster of it.",
  examples: [
    { title: "to a file", lines: ["nsq export > cluster.json"] },
    {
      title: "from one cluster to another",
      lines: [
        "nsq export --nsqd-http-address=127.0.0.1:4151 | \\",
        "  nsq import - --nsqd-http-address=127.0.0.1:5151 --yes",
      ],
    },
  ],
  table: {},
  async run(session) {
    const { definitions, errors } = await definitionsOf(session);
    const { topics, policies } = definitions;
    return {
      items: [
        ...topics.map((topic) => ({ kind: "topic", name: topic.topic, ...topic })),
        ...policies.map((policy) => ({ kind: "policy", ...policy })),
      ],
      columns: [],
      name: ({ name }) => String(name),
      lines: [definitionsText(definitions)],
      errors,
    };
  },
});
