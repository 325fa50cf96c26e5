/** The flags of `nsq tail`. Names and defaults are those of nsq_tail. */

import { boolean, integer } from "../../cli/kind.ts";
import { inGroup, type OptionTable } from "../../cli/option_table.ts";
import { WARN } from "../../log/level.ts";
import type { ToolCommand } from "../command_line.ts";
import {
  checkConsuming,
  type ConsumingOptions,
  consumingOptionTable,
} from "../consumer_options.ts";
import { DEFAULT_NSQD_TCP } from "../this_machine.ts";

/** Options of `nsq tail`. */
export interface TailOptions extends ConsumingOptions, OutputOptions, OwnOptions {}

interface OwnOptions {
  /** Also where the own channel would be a topic's first. */
  readonly force: boolean;
}

interface OutputOptions {
  /** Messages to print before it ends; 0 for no end. */
  readonly count: number;
  readonly printTopic: boolean;
  readonly json: boolean;
}

const CHANNEL_NUMBERS = 1_000_000;
const CHANNEL_DIGITS = 6;

const CONSUMING = consumingOptionTable({
  channel: "",
  logPrefix: "[nsq_tail] ",
  logLevel: WARN,
  channelHelp: "channel to consume; default is one of its own, tail<number>#ephemeral",
});

/** The command line of `nsq tail`. */
export const COMMAND: ToolCommand<TailOptions> = {
  versionName: "nsq_tail",
  text: {
    name: "nsq tail",
    summary: "Prints the messages of topics as they come, one a line.\n" +
      "Without --channel it gets a channel of its own, which goes away with it: nobody misses a\n" +
      "message because of it. So it waits for a topic that is not there yet, and refuses one\n" +
      "without a channel, whose messages wait for the first: see --force.",
    examples: [
      {
        title: "messages as they come",
        lines: ["nsq tail --topic=orders --lookupd-http-address=127.0.0.1:4161"],
      },
      {
        title: "the next ten, as JSON",
        lines: ["nsq tail --topic=orders --nsqd-tcp-address=127.0.0.1:4150 -n 10 --json"],
      },
    ],
  },
  table: {
    ...outputRows(),
    force: inGroup("Source")(
      "force",
      boolean(),
      false,
      "tail a topic without a channel, or that is not there, all the same: what waits for its first channel is taken",
    ),
    ...CONSUMING,
    nsqd: {
      ...CONSUMING.nsqd,
      help: `${CONSUMING.nsqd.help}; without any address ${DEFAULT_NSQD_TCP}`,
    },
  },
  check: (options) => checkConsuming(options, { channel: false, address: false }),
};

/** A channel for one run, named as nsq_tail names it. @param random from 0 up to, but not, 1 */
export function ownChannel(random: number): string {
  const number = Math.floor(random * CHANNEL_NUMBERS);
  return `tail${String(number).padStart(CHANNEL_DIGITS, "0")}#ephemeral`;
}

function outputRows(): OptionTable<OutputOptions> {
  const add = inGroup("Output");
  return {
    count: add(
      "n",
      integer({ min: 0 }),
      0,
      "end after so many messages of all topics together; waits for them; 0 for no end",
    ),
    printTopic: add("print-topic", boolean(), false, "print `<topic> | ` in front of each message"),
    json: add(
      "json",
      boolean(),
      false,
      "print JSON objects with topic, id, timestamp (ns), attempts, and body, or body_base64 for " +
        "one that is not UTF-8",
    ),
  };
}
