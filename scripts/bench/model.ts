/** What the parts of the benchmark tell each other: workloads, their metrics and targets. */

import type { Broker } from "./broker.ts";
import type { ClientJob, ClientResult } from "./clients/job.ts";
import type { LoadPlan, LoadResult, PostPlan, PostResult } from "./generator.ts";
import type { ThreadUse } from "./proc.ts";
import type { RunningTool } from "./program.ts";

/** What a metric is held against. */
export type Target =
  /** ours / reference. */
  | { kind: "ratio"; op: ">=" | "<="; value: number }
  /** ours alone, in the metric's unit. */
  | { kind: "below"; value: number }
  /** Another row of ours / this one: it is what that is held against. */
  | { kind: "beaten"; by: string; times: number }
  /** ours / ours of another row: growth must not bend the curve. */
  | { kind: "bend"; base: string; atLeast: number };

export type Unit = "msg/s" | "answers/s" | "MB/s" | "ms" | "MB" | "B/msg" | "% CPU";

/** What is compared. Tools and client libraries all work with our broker. */
export type Subject = "broker" | "tool" | "client";

/** Tools by their names in `nsq`. */
export type Tool = "tail" | "to-file" | "to-nsq";

export interface Metric {
  /** Unique over all workloads; it names the row. */
  name: string;
  unit: Unit;
  target?: Target;
}

/** What is published to a peer. */
export interface PeerLoad {
  clients: number;
  messages: number;
  /** Messages on their way at once, for each client. */
  batch: number;
  sizeBytes: number;
}

/** Messages per second, each acknowledged. */
export interface Peers {
  /** NATS JetStream, `sync_interval: always`. */
  jetStream(load: PeerLoad): Promise<number>;
  /** Redis, `XADD` with `appendfsync always`. */
  redis(load: PeerLoad): Promise<number>;
}

/** Processor time that the broker took for a message of a load, in µs. */
interface Timed {
  readonly cpu: ThreadUse;
}

/** What was measured: a value in the metric's unit, and where a load gave it the processor time beside it. */
export type Figure = number | Rate;

/** With the processor time. */
export interface Rate extends Timed {
  readonly value: number;
}

/** What a workload may use while it is measured. */
export interface Bench {
  broker: Broker;
  quick: boolean;
  /** A message count for a full run; a quick one takes a tenth of it. */
  count(full: number): number;
  /** Runs the load generator and throws a `WorkloadFailure` unless every count is right. */
  load(plan: LoadPlan): Promise<LoadResult & Timed>;
  /** Publishes over HTTP and throws a `WorkloadFailure` unless all of it was answered. */
  post(plan: PostPlan): Promise<PostResult & Timed>;
  /** Asks a lookupd so many times, for topics registered before. Gives answers per second. */
  lookups(count: number): Promise<number>;
  /** Holds idle subscribed connections open while `during` runs. */
  idle(connections: number, topic: string, during: () => Promise<void>): Promise<void>;
  /** Starts the tool of the side that is measured. */
  tool(name: Tool, flags: string[]): RunningTool;
  /** Has the client of the side that is measured do a job with the broker. */
  client(job: Omit<ClientJob, "address">): Promise<ClientResult>;
  /** Other servers to compare with, where `--peers` names them. */
  readonly peers?: Peers;
  /** Makes a directory that is removed after the measurement. */
  tempDir(): Promise<string>;
}

/** A load that can be repeated on a broker that stays up, each time on topics of its own. */
export interface Pass {
  /** Messages of a full run. */
  readonly full: number;
  /** Their number must be a multiple of this. */
  readonly step: number;
  /** Runs it once, on fresh topics whose names start with `prefix`; what it leaves there is nobody's. Gives a value for each metric. */
  run(bench: Bench, prefix: string, messages: number): Promise<Record<string, Figure>>;
}

export interface Workload {
  name: string;
  /** One line for the reader of the table. */
  what: string;
  /** Default: broker. */
  subject?: Subject;
  /** What is started; default: nsqd. */
  role?: "lookupd";
  /** The broker gets a certificate. */
  tls?: boolean;
  /** What is measured is unknown to the reference. */
  oursOnly?: boolean;
  /** Flags of the broker beside addresses and data path. */
  flags: string[];
  /** More of them, that the reference does not know. */
  ourFlags?: string[];
  metrics: Metric[];
  /** Fewer rounds than asked for, for what takes minutes. */
  maxRounds?: number;
  /** What is measured, where it can be repeated: then it can be measured in bursts. */
  pass?: Pass;
  /** Gives a value for each metric, by its name. */
  measure(bench: Bench): Promise<Record<string, Figure>>;
}
