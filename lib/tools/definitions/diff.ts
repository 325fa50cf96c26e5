import { visible } from "../../log/visible.ts";
import { action } from "../session/action.ts";
import type { Item } from "../session/item.ts";
import { compare, type Difference } from "./compare.ts";
import { readDefinitions } from "./definitions.ts";
import { definitionsOf } from "./read_cluster.ts";

const EXIT_DIFFERENT = 1;

/** `nsq diff`. */
export const DIFF = action({
  name: "diff",
  words: "FILE",
  summary:
    "Tells how a cluster differs from a file of nsq export. Ends with 0 when it does not, 1 when it\n" +
    "does, 2 when it cannot be told. FILE may be - for stdin.",
  examples: [
    { title: "has somebody changed something?", lines: ["nsq diff cluster.json || echo changed"] },
    {
      title: "how do two clusters differ?",
      lines: [
        "nsq export --nsqd-http-address=127.0.0.1:4151 | \\",
        "  nsq diff - --nsqd-http-address=127.0.0.1:5151 || true",
      ],
    },
  ],
  table: {},
  async run(session, _options, [path = ""]) {
    const wanted = await readDefinitions(path);
    const { definitions, errors } = await definitionsOf(session);
    const differences = compare(wanted, definitions);
    return {
      items: differences.map((each): Item => ({ ...each })),
      columns: [],
      name: ({ kind, name }) => `${kind} ${name}`,
      lines: differences.map(differenceLine),
      errors,
      ...errors.length === 0 && { exitCode: differences.length > 0 ? EXIT_DIFFERENT : 0 },
    };
  },
});

/** `-` is in the file alone, `+` in the cluster alone, as of a change from the one to the other. */
function differenceLine({ kind, topic, name, change, wanted, there }: Difference): string {
  const what = `${kind} ${topic === undefined ? "" : `${topic}/`}${name}`;
  if (change === "missing") return visible(`- ${what}`);
  if (change === "extra") return visible(`+ ${what}`);
  const text = (value: unknown) => typeof value === "string" ? value : JSON.stringify(value);
  return visible(`~ ${what}: ${text(wanted)} in the file, ${text(there)} in the cluster`);
}

/** What an import does: `+` is made, as it is in the file alone. */
export function changeLine(difference: Difference): string {
  return differenceLine(difference).replace(/^- /, "+ ");
}
