/** Options of `nsq pub`. */

import { boolean, integer, text } from "../../cli/kind.ts";
import { type LogOptions, logOptionTable } from "../../cli/log_options.ts";
import { inGroup } from "../../cli/option_table.ts";
import { UsageError } from "../../cli/usage_error.ts";
import type { ToolCommand } from "../command_line.ts";
import { checkConfigOptions, producerOptOption } from "../config_options.ts";
import {
  checkName,
  checkOneSource,
  lookupdAddressOption,
  nsqdAddressOption,
} from "../consumer_options.ts";
import { byte } from "../delimiter_kind.ts";
import { DEFAULT_NSQD_TCP } from "../this_machine.ts";

/** What the tool runs with. */
export interface PubOptions extends LogOptions {
  readonly topic: string;
  /** A byte. */
  readonly delimiter: number;
  /** Messages per second; 0 and less for no limit. */
  readonly rate: number;
  /** `host:port` of TCP: each is sent every message. */
  readonly nsqd: readonly string[];
  /** `host:port` or URL of HTTP: one of the nsqds they know is sent each message. */
  readonly lookupd: readonly string[];
  /** One of `nsqd` is sent each message. */
  readonly failover: boolean;
  /** go-nsq's `name,value`. */
  readonly producerOpts: readonly string[];
  readonly json: boolean;
}

const input = inGroup("Input");
const destination = inGroup("Destination");

/** The command line of `nsq pub`. */
export const PUB_COMMAND: ToolCommand<PubOptions> = {
  text: {
    name: "nsq pub",
    summary:
      "Publishes what comes in on stdin: each line is a message, empty ones are left out.\n" +
      "Ends with 0 when all messages were acknowledged, and with 1 after the first that was not.\n" +
      "Ctrl-C leaves what was not read: the end is 0, and stderr says that it was interrupted.",
    examples: [
      {
        title: "two messages, to one broker",
        lines: ["printf 'one\\ntwo\\n' | nsq pub --topic=orders --nsqd-tcp-address=127.0.0.1:4150"],
      },
      {
        title: "each line of a file, to a cluster",
        lines: ["nsq pub --topic=orders --lookupd-http-address=127.0.0.1:4161 --json < orders.txt"],
      },
      {
        title: "what is separated by zero bytes",
        lines: [
          "find . -print0 | nsq pub --topic=files --delimiter='\\0' --nsqd-tcp-address=127.0.0.1:4150",
        ],
      },
    ],
  },
  versionName: "to_nsq",
  table: {
    topic: destination(
      "topic",
      text({ valueName: "topic", check: (name) => void (name === "" || checkName("topic")(name)) }),
      "",
      "topic to publish to",
    ),
    nsqd: {
      ...nsqdAddressOption(destination),
      help:
        "TCP address of an nsqd; given multiple times, every one of them is sent every message; " +
        `without any address ${DEFAULT_NSQD_TCP}`,
    },
    lookupd: {
      ...lookupdAddressOption(destination),
      help:
        "HTTP address of a lookupd (may be given multiple times): each message goes to one healthy nsqd that lookupds know",
    },
    failover: destination(
      "failover",
      boolean(),
      false,
      "send each message to one healthy nsqd of those given, instead of to every one",
    ),
    producerOpts: producerOptOption(destination),
    delimiter: input(
      "delimiter",
      byte(),
      "\n".charCodeAt(0),
      "character that ends a message: a single byte, or \\n, \\r, \\t, \\0",
    ),
    rate: input("rate", integer(), 0, "messages per second at most; 0 for no limit"),
    json: inGroup("General")(
      "json",
      boolean(),
      false,
      "print a summary to stdout at the end, as JSON",
    ),
    ...logOptionTable({ logPrefix: "[to_nsq] " }),
  },
  check(options) {
    if (options.topic === "") throw new UsageError("--topic is required");
    checkOneSource(options);
    checkConfigOptions(options);
    if (options.failover && options.nsqd.length === 0) {
      throw new UsageError("--failover needs --nsqd-tcp-address");
    }
  },
};
