import { boolean, duration, text, word } from "../../cli/kind.ts";
import { inGroup } from "../../cli/option_table.ts";
import type { ToolCommand } from "../command_line.ts";
import {
  checkReach,
  type ConnectionOptions,
  connectionTable,
} from "../session/connection_options.ts";
import type { ViewName } from "./views.ts";

export interface TopOptions extends ConnectionOptions {
  readonly intervalMs: number;
  readonly view: ViewName;
  /** Name of a column; "" for the view's own choice. */
  readonly sort: string;
  readonly filter: string;
  readonly once: boolean;
  readonly json: boolean;
}

const SECOND_MS = 1000;

const general = inGroup("General");

/** `nsq top` as its command line is concerned. */
export const TOP_COMMAND: ToolCommand<TopOptions> = {
  versionName: "nsq_top",
  text: {
    name: "nsq top",
    summary: "Shows topics, channels, nodes and clients at work, the busiest first.\n" +
      "In a terminal it goes on until q is pressed (? tells the other keys); into a pipe or\n" +
      "file it prints one table.",
    examples: [
      { title: "a cluster, live", lines: ["nsq top --lookupd-http-address=127.0.0.1:4161"] },
      {
        title: "what the topics of one broker look like now, as JSON",
        lines: ["nsq top --nsqd-http-address=127.0.0.1:4151 --view=topics --json"],
      },
    ],
  },
  table: {
    intervalMs: general("interval", duration({ min: 100 }), 2 * SECOND_MS, "time between looks"),
    view: general(
      "view",
      word({ channels: "channels", topics: "topics", nodes: "nodes", clients: "clients" } as const),
      "channels",
      "what to begin with: channels, topics, nodes or clients",
    ),
    sort: general(
      "sort",
      text({ valueName: "column" }),
      "",
      "column to sort by, as in its heading",
    ),
    filter: general("filter", text(), "", "show only rows whose names contain this"),
    once: general("once", boolean(), false, "print one table and end"),
    json: general("json", boolean(), false, "print one JSON object and end"),
    ...connectionTable(),
  },
  check: checkReach,
};
