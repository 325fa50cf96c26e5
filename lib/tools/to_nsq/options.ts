/** Options of `nsq to-nsq`. */

import { text, textList, word } from "../../cli/kind.ts";
import { inGroup, type OptionTable } from "../../cli/option_table.ts";
import { UsageError } from "../../cli/usage_error.ts";
import type { ToolCommand } from "../command_line.ts";
import { producerOptOption } from "../config_options.ts";
import {
  checkAddress,
  checkConsuming,
  checkName,
  type ConsumingOptions,
  consumingOptionTable,
} from "../consumer_options.ts";
import { statusEveryOption } from "../destination_options.ts";
import type { HostPoolMode } from "../host_pool.ts";

/** What the tool runs with. */
export interface ToNsqOptions extends ConsumingOptions {
  /** `host:port` of TCP, at least one. */
  readonly destinations: readonly string[];
  /** "" for the topic that the message comes from. */
  readonly destinationTopic: string;
  readonly mode: HostPoolMode;
  /** go-nsq's `name,value`. */
  readonly producerOpts: readonly string[];
  /** "" for none. */
  readonly requiredField: string;
  /** "" for any. */
  readonly requiredValue: string;
  /** None for all. */
  readonly passedFields: readonly string[];
  /** Messages between two lines of figures; 0 for none. */
  readonly statusEvery: number;
}

/** The command line of `nsq to-nsq`. */
export const TO_NSQ_COMMAND: ToolCommand<ToNsqOptions> = {
  text: {
    name: "nsq to-nsq",
    summary: "Copies the messages of topics to other brokers.\n" +
      "A message is finished when a broker has acknowledged its copy; else it is copied again later.",
    examples: [
      {
        title: "every message of a topic, to another broker",
        lines: [
          "nsq to-nsq --topic=orders --lookupd-http-address=127.0.0.1:4161 \\",
          "  --destination-nsqd-tcp-address=127.0.0.1:5150",
        ],
      },
      {
        title: "what concerns Germany, its id only, under another name",
        lines: [
          "nsq to-nsq --topic=orders --nsqd-tcp-address=127.0.0.1:4150 \\",
          "  --destination-nsqd-tcp-address=127.0.0.1:5150 --destination-topic=orders_de \\",
          "  --require-json-field=country --require-json-value=de --whitelist-json-field=id",
        ],
      },
    ],
  },
  versionName: "nsq_to_nsq",
  table: optionTable(),
  check,
};

function optionTable(): OptionTable<ToNsqOptions> {
  const { logLevel, logPrefix, logFormat, ...source } = consumingOptionTable({
    channel: "nsq_to_nsq",
    logPrefix: "[nsq_to_nsq] ",
  });
  return {
    ...source,
    ...destinationOptions(),
    ...filterOptions(),
    ...{ logLevel, logPrefix, logFormat }, // last, as in other help texts
  };
}

function destinationOptions() {
  const add = inGroup("Destination");
  return {
    destinations: add(
      "destination-nsqd-tcp-address",
      textList({ valueName: "addr:port", check: checkAddress }),
      [],
      "TCP address of an nsqd to publish to (may be given multiple times)",
    ),
    destinationTopic: add(
      "destination-topic",
      text({ valueName: "topic", check: (name) => void (name === "" || checkName("topic")(name)) }),
      "",
      "topic to publish to (default the topic that a message comes from)",
    ),
    mode: add(
      "mode",
      word<HostPoolMode>(
        {
          "hostpool": "hostpool",
          "round-robin": "round-robin",
          "epsilon-greedy": "epsilon-greedy",
        },
        undefined,
        { valueName: "mode" },
      ),
      "hostpool",
      "hostpool: one nsqd in turn that works; round-robin: one in turn; " +
        "epsilon-greedy: mostly the fastest",
    ),
    producerOpts: producerOptOption(add),
    statusEvery: statusEveryOption(add),
  };
}

function filterOptions() {
  const add = inGroup("JSON messages");
  return {
    requiredField: add(
      "require-json-field",
      text({ valueName: "field" }),
      "",
      "only pass messages that have this field",
    ),
    requiredValue: add(
      "require-json-value",
      text({ valueName: "value" }),
      "",
      "only pass messages whose required field has this value",
    ),
    passedFields: add(
      "whitelist-json-field",
      textList({ valueName: "field" }),
      [],
      "of messages, only pass this field (may be given multiple times)",
    ),
  };
}

function check(options: ToNsqOptions): void {
  checkConsuming(options);
  const { destinations, destinationTopic, requiredField, requiredValue, topics, nsqd } = options;
  if (destinations.length === 0) {
    throw new UsageError("--destination-nsqd-tcp-address is required");
  }
  if (requiredValue !== "" && requiredField === "") {
    throw new UsageError("--require-json-value needs --require-json-field");
  }
  const loop = destinations.find((address) => nsqd.includes(address));
  if (loop !== undefined && (destinationTopic === "" || topics.includes(destinationTopic))) {
    throw new UsageError(
      `${loop} is source and destination: its topic would be copied to itself without end`,
    );
  }
}
