/** Options of `nsq bench`. */

import { boolean, duration, integer, text, textList, word } from "../../cli/kind.ts";
import { type LogOptions, logOptionTable } from "../../cli/log_options.ts";
import { inGroup } from "../../cli/option_table.ts";
import { UsageError } from "../../cli/usage_error.ts";
import { WARN } from "../../log/level.ts";
import { isValidName } from "../../wire/names.ts";
import type { ToolCommand } from "../command_line.ts";
import { checkConfigOptions, consumerOptOption, producerOptOption } from "../config_options.ts";
import {
  checkHttpAddress,
  checkName,
  checkSources,
  lookupdAddressOption,
  nsqdAddressOption,
} from "../consumer_options.ts";
import { MIN_STAMPED_BYTES } from "./stamp.ts";

export type BenchMode = "publish" | "consume" | "both";

/** What the tool runs with. */
export interface BenchOptions extends LogOptions {
  readonly nsqd: readonly string[];
  readonly lookupd: readonly string[];
  /** HTTP addresses of the nsqds, to delete topics. */
  readonly nsqdHttp: readonly string[];
  readonly mode: BenchMode;
  /** "" for one made up, which goes away at the end. */
  readonly topic: string;
  readonly topics: number;
  readonly channel: string;
  readonly delete: boolean;
  /** Of a message's body. */
  readonly sizeBytes: number;
  /** Messages in a publish. */
  readonly batch: number;
  readonly connections: number;
  /** Publishes under way at a time, for each producer. */
  readonly concurrency: number;
  /** Messages per second; 0 for as many as possible. */
  readonly rate: number;
  /** Messages in all; 0 for no limit. */
  readonly count: number;
  /** 0 for no limit with a `count`, and else for {@link DEFAULT_DURATION_MS}. */
  readonly durationMs: number;
  readonly maxInFlight: number;
  /** Messages that consumers may be behind producers before these wait; 0 for no limit. */
  readonly maxAhead: number;
  readonly producerOpts: readonly string[];
  readonly consumerOpts: readonly string[];
  readonly json: boolean;
}

export const DEFAULT_DURATION_MS = 10_000;
const DEFAULT_SIZE_BYTES = 200;
const DEFAULT_CONCURRENCY = 100;
const DEFAULT_MAX_IN_FLIGHT = 2500;
/** Half of what an nsqd keeps of an ephemeral topic, if it is not told otherwise. */
const DEFAULT_MAX_AHEAD = 5000;

const MAX_SIZE_BYTES = 100 * 1024 * 1024;
const MAX_BATCH = 100_000;
const MAX_TOPICS = 1000;
const MAX_CONNECTIONS = 1000;
const MAX_CONCURRENCY = 100_000;

const cluster = inGroup("Cluster");
const load = inGroup("Load");
const general = inGroup("General");

/** The command line of `nsq bench`. */
export const BENCH_COMMAND: ToolCommand<BenchOptions> = {
  text: {
    name: "nsq bench",
    summary:
      "Puts load on brokers that are running, ours or others, and measures what they carry: throughput,\n" +
      "and how long messages take. Publishes, consumes, or both. Without --topic it makes up an ephemeral\n" +
      "one that is gone afterwards. Do not run it against a cluster in use without --rate.\n" +
      "It measures a cluster as this one process sees it; whoever works on this project and wants to know\n" +
      "what a broker can carry at most uses deno task bench, which starts its own.",
    examples: [
      {
        title: "publish and consume for five seconds",
        lines: ["nsq bench --nsqd-tcp-address=127.0.0.1:4150 --duration=5s"],
      },
      {
        title: "5000 messages of 1 kB a second, figures as JSON",
        lines: ["nsq bench --lookupd-http-address=127.0.0.1:4161 --rate=5000 --size=1000 --json"],
      },
      {
        title: "only publish, in batches, and delete the topic after",
        lines: [
          "nsq bench --mode=publish --topic=load --delete --count=100000 --batch=100 \\",
          "  --nsqd-tcp-address=127.0.0.1:4150 --nsqd-http-address=127.0.0.1:4151",
        ],
      },
    ],
  },
  versionName: "nsq_bench",
  table: {
    nsqd: nsqdAddressOption(cluster),
    lookupd: lookupdAddressOption(cluster),
    nsqdHttp: cluster(
      "nsqd-http-address",
      textList({ valueName: "addr:port", check: checkHttpAddress }),
      [],
      "HTTP address of an nsqd, for --delete without lookupd (may be given multiple times)",
    ),
    topic: cluster(
      "topic",
      text({ valueName: "topic", check: (name) => void (name === "" || checkName("topic")(name)) }),
      "",
      "topic to use (default an ephemeral one with a name of its own)",
    ),
    topics: cluster(
      "topics",
      integer({ min: 1, max: MAX_TOPICS }),
      1,
      "topics to spread the load over; their names get a number",
    ),
    channel: cluster(
      "channel",
      text({ valueName: "channel", check: checkName("channel") }),
      "bench#ephemeral",
      "channel to consume; one that goes away again is refused as the first one of a topic that is there",
    ),
    delete: cluster("delete", boolean(), false, "delete the topics at the end, with all channels"),
    mode: load(
      "mode",
      word<BenchMode>(
        { publish: "publish", consume: "consume", both: "both" },
        undefined,
        { valueName: "mode" },
      ),
      "both",
      "publish, consume (what others publish, or what waits in --topic), or both",
    ),
    sizeBytes: load(
      "size",
      integer({ min: 1, max: MAX_SIZE_BYTES }),
      DEFAULT_SIZE_BYTES,
      "bytes of a message",
    ),
    batch: load(
      "batch",
      integer({ min: 1, max: MAX_BATCH }),
      1,
      "messages to publish at once; with 1 the producer still sends together what is published together",
    ),
    connections: load(
      "connections",
      integer({ min: 1, max: MAX_CONNECTIONS }),
      1,
      "producers, and consumers of each topic; each connects to every nsqd",
    ),
    concurrency: load(
      "concurrency",
      integer({ min: 1, max: MAX_CONCURRENCY }),
      DEFAULT_CONCURRENCY,
      "publishes of a producer that wait for their answers at a time",
    ),
    rate: load("rate", integer({ min: 0 }), 0, "messages per second to publish; 0 for the most"),
    count: load("count", integer({ min: 0 }), 0, "end after so many messages"),
    durationMs: load(
      "duration",
      duration({ min: 0 }),
      0,
      "end after this time (default 10s, without --count)",
    ),
    maxInFlight: load(
      "max-in-flight",
      integer({ min: 1 }),
      DEFAULT_MAX_IN_FLIGHT,
      "messages that a consumer has in flight at a time",
    ),
    maxAhead: load(
      "max-ahead",
      integer({ min: 0 }),
      DEFAULT_MAX_AHEAD,
      "in mode both, publish only so many messages ahead of the consumers, as an ephemeral topic keeps no more than nsqd's --mem-queue-size; 0 for no limit",
    ),
    producerOpts: producerOptOption(load),
    consumerOpts: consumerOptOption(load),
    json: general("json", boolean(), false, "print the figures as JSON"),
    ...logOptionTable({ logPrefix: "[nsq_bench] ", logLevel: WARN }),
  },
  check,
};

/** Names of all topics that a run uses. @param madeUp for when none was asked for */
export function topicNames({ topic, topics }: BenchOptions, madeUp: string): string[] {
  const name = topic === "" ? madeUp : topic;
  if (topics === 1) return [name];
  const [, stem = "", suffix = ""] = /^(.*?)(#ephemeral)?$/.exec(name)!;
  return Array.from({ length: topics }, (_, i) => `${stem}-${i + 1}${suffix}`);
}

function check(options: BenchOptions): void {
  checkSources(options);
  checkConfigOptions(options);
  const { mode, topic, sizeBytes, nsqd, nsqdHttp, batch, maxAhead } = options;
  if (mode === "consume" && topic === "") throw new UsageError("--mode=consume needs --topic");
  if (mode === "consume" && options.delete) {
    throw new UsageError("--delete would delete what others publish: not with --mode=consume");
  }
  if (mode === "both" && sizeBytes < MIN_STAMPED_BYTES) {
    throw new UsageError(`--size must be at least ${MIN_STAMPED_BYTES} for --mode=both`);
  }
  if (mode === "both" && maxAhead > 0 && batch > maxAhead) {
    throw new UsageError("--batch is larger than --max-ahead");
  }
  if (options.delete && nsqd.length > 0 && nsqdHttp.length === 0) {
    throw new UsageError("--delete needs --nsqd-http-address or --lookupd-http-address");
  }
  for (const name of topicNames(options, "t")) {
    if (!isValidName(name)) throw new UsageError(`--topic is too long for its number: ${name}`);
  }
}
