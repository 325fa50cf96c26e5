/** Options of stat. Flags, names and defaults are nsq_stat's; `--json` is ours. */

import { boolean, duration, integer, text } from "../../cli/kind.ts";
import { inGroup } from "../../cli/option_table.ts";
import { UsageError } from "../../cli/usage_error.ts";
import {
  checkClusterOptions,
  type ClusterOptions,
  clusterOptionTable,
} from "../cluster_options.ts";
import type { ToolCommand } from "../command_line.ts";

export interface StatOptions extends ClusterOptions {
  readonly topic: string;
  readonly channel: string;
  readonly intervalMs: number;
  /** Rows to print; undefined for no end. */
  readonly count: number | undefined;
  readonly json: boolean;
}

const DEFAULT_INTERVAL_MS = 2000;
const MAX_COUNT = 2 ** 31 - 1;

const general = inGroup("General");
const count = integer({ min: 1, max: MAX_COUNT });

/** `nsq stat` as its command line is concerned. */
export const STAT_COMMAND: ToolCommand<StatOptions> = {
  versionName: "nsq_stat",
  text: {
    name: "nsq stat",
    summary: "Prints figures of a channel, summed over all its brokers, at an interval.\n" +
      "Rates need two looks: the first row comes after one interval.",
    examples: [
      {
        title: "three rows, a moment apart",
        lines: [
          "nsq stat --topic=orders --channel=archive --lookupd-http-address=127.0.0.1:4161 --count=3",
        ],
      },
      {
        title: "one broker's share of it, in a row every half second, until Ctrl-C",
        lines: [
          "nsq stat --topic=orders --channel=archive --nsqd-http-address=127.0.0.1:4151 --interval=500ms",
        ],
      },
    ],
  },
  table: {
    topic: general("topic", text(), "", "topic to look at"),
    channel: general("channel", text(), "", "channel to look at"),
    intervalMs: general(
      "interval",
      duration({ above: 0 }),
      DEFAULT_INTERVAL_MS,
      "time between rows",
    ),
    count: general(
      "count",
      { ...count, valueName: "N", format: () => "", fromConfig: count.fromConfig, toJson: String },
      undefined,
      "rows to print; without it there is no end",
    ),
    json: general("json", boolean(), false, "print a JSON object a line"),
    ...clusterOptionTable(),
  },
  check(options) {
    if (options.topic === "" || options.channel === "") {
      throw new UsageError("--topic and --channel are required");
    }
    checkClusterOptions(options);
  },
};
