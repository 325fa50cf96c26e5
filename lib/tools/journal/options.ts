/** The command line of `nsq journal`. */

import { boolean, integer, text } from "../../cli/kind.ts";
import { inGroup } from "../../cli/option_table.ts";
import { UsageError } from "../../cli/usage_error.ts";
import type { ToolCommand, WithWords } from "../command_line.ts";
import { byte } from "../delimiter_kind.ts";

/** Options of `nsq journal`. */
export interface JournalOptions {
  /** "" for all topics. */
  readonly topic: string;
  /** "" for all messages that are kept. */
  readonly channel: string;
  /** Index of the first message. */
  readonly from: number;
  /** Index of the last message. */
  readonly to: number;
  /** Bodies alone, as they are. */
  readonly bodies: boolean;
  /** A byte, behind each body. */
  readonly delimiter: number;
  readonly json: boolean;
}

/** What it is asked to do. */
export const ACTIONS = ["ls", "check", "dump"] as const;
export type Action = typeof ACTIONS[number];

const general = inGroup("General"), dumping = inGroup("dump");
const index = integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

/** `nsq journal` as its command line is concerned. */
export const COMMAND: ToolCommand<JournalOptions> = {
  versionName: "nsq_journal",
  text: {
    name: "nsq journal ls|check|dump PATH",
    summary:
      "Reads what durable topics keep in a data directory that no broker uses. Changes nothing there.\n\n" +
      "  ls     topics, their segments and channels\n" +
      "  check  reads every block, and says what is damaged and what would be lost\n" +
      "  dump   prints messages, a JSON object a line\n\n" +
      "Exit codes: 0 all is whole; 1 something is damaged; 2 a wrong command line; 3 nothing is known,\n" +
      "as it is not there, in use by a broker, or cannot be read.",
    examples: [
      { title: "what is there", lines: ["nsq journal ls /var/lib/nsq"] },
      {
        title: "is a copy of it whole?",
        lines: ["nsq journal check /var/lib/nsq && echo whole"],
      },
      {
        title: "messages that channel archive has not finished",
        lines: ["nsq journal dump /var/lib/nsq --topic=orders --channel=archive"],
      },
      {
        title: "rescue: publish them to another broker",
        lines: [
          "nsq journal dump /var/lib/nsq --topic=orders --channel=archive --bodies | \\",
          "  nsq pub --topic=orders --nsqd-tcp-address=127.0.0.1:4150",
        ],
      },
    ],
  },
  table: {
    topic: general("topic", text(), "", "this topic alone; default: all of them"),
    json: general("json", boolean(), false, "ls, check: print a JSON object a line"),
    channel: dumping("channel", text(), "", "only messages that this channel has not finished"),
    from: dumping("from", index, 0, "index of the first message"),
    to: dumping(
      "to",
      { ...index, format: () => "" },
      Number.MAX_SAFE_INTEGER,
      "index of the last message; default: the last that is there",
    ),
    bodies: dumping("bodies", boolean(), false, "print the bodies alone, as they are"),
    delimiter: dumping(
      "delimiter",
      byte(),
      "\n".charCodeAt(0),
      "with --bodies: a single byte behind each body, or \\n, \\r, \\t, \\0, as nsq pub takes it",
    ),
  },
  check({ topic, channel, from, to }) {
    if (topic === "" && (channel !== "" || from > 0 || to < Number.MAX_SAFE_INTEGER)) {
      throw new UsageError("--channel, --from and --to need --topic");
    }
    if (to < from) throw new UsageError("--to lies before --from");
  },
};

/** The two words that it takes. @throws UsageError when they are others */
export function actionAndPath({ words }: WithWords<JournalOptions>): [Action, string] {
  const [action, path, ...more] = words;
  const known = ACTIONS.find((each) => each === action);
  if (known === undefined) {
    const given = action === undefined ? "" : `${JSON.stringify(action)} is none of them: `;
    throw new UsageError(`${given}say ls, check or dump, then the data directory`);
  }
  if (path === undefined) throw new UsageError(`${known} needs the path of a data directory`);
  if (more.length > 0) throw new UsageError(`unknown arguments: ${more.join(" ")}`);
  return [known, path];
}
