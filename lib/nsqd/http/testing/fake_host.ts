/** A host for unit tests: a broker that only remembers what it was asked to do. */
import type { Peeked } from "../../../broker/peek/collector.ts";
import type { ClientStats, TopicStats } from "../../../broker/stats.ts";
import { NO_LATENCY } from "../../../broker/stats.ts";
import { createLogger, type Logger } from "../../../log/logger.ts";
import { PolicyStore } from "../../../policies/policy_store.ts";
import { DenoFileSystem } from "../../../storage/deno_file_system.ts";
import { Barrier } from "../../../storage/barrier.ts";
import { type NsqdOptions, parseNsqdOptions } from "../../options.ts";
import { HttpAccess } from "../../auth/http_access.ts";
import type { ConfigChange, HttpBroker, HttpChannel, HttpTopic, NsqdHost } from "../host.ts";

const neverOver = () => new Promise<never>(() => {});

const decoder = new TextDecoder();

class FakeChannel implements HttpChannel {
  readonly ephemeral = false;
  /** What was called, in order. */
  readonly calls: string[] = [];
  empty(): void {
    this.calls.push("empty");
  }
  get messages(): never {
    throw new Error("nobody looks here");
  }
  get dead(): never {
    throw new Error("nothing dies here");
  }
  peek(): Promise<Peeked> {
    return Promise.resolve({ total: 0, messages: [] });
  }
  moveTo(): void {
    this.calls.push("moveTo");
  }
  pause(): void {
    this.calls.push("pause");
  }
  unpause(): void {
    this.calls.push("unpause");
  }
}

class FakeTopic extends FakeChannel implements HttpTopic {
  readonly journal = null;
  readonly closed = false;
  readonly published: { body: string; delayMs: number }[] = [];
  readonly channels = new Map<string, FakeChannel>();
  readonly prepared = null;
  /** Thrown by publishing. */
  failure: Error | undefined;

  publish(source: Uint8Array, start: number, end: number): void {
    this.publishDeferred(source, start, end, 0);
  }
  publishDeferred(source: Uint8Array, start: number, end: number, delayMs: number): void {
    if (this.failure !== undefined) throw this.failure;
    this.published.push({ body: decoder.decode(source.subarray(start, end)), delayMs });
  }
  publishKeyed(): boolean {
    throw new Error("not in unit tests");
  }
  cancel(): { count: number; channels: number } | null {
    return null;
  }
  publishBatch(source: Uint8Array, spans: Int32Array, count: number): void {
    for (let index = 0; index < count; index++) {
      this.publishDeferred(source, spans[2 * index]!, spans[2 * index + 1]!, 0);
    }
  }
  channel(name: string): FakeChannel {
    const channel = this.channels.get(name) ?? new FakeChannel();
    this.channels.set(name, channel);
    return channel;
  }
  existingChannel(name: string): FakeChannel | undefined {
    return this.channels.get(name);
  }
  deleteChannel(name: string): boolean {
    return this.channels.delete(name);
  }
}

class FakeBroker implements HttpBroker {
  readonly topics = new Map<string, FakeTopic>();
  readonly barrier = new Barrier();
  readonly journalFigures = null;
  draining = false;
  healthText = "OK";

  takesConsumers(): boolean {
    return !this.draining;
  }
  topic(name: string): FakeTopic {
    const topic = this.topics.get(name) ?? new FakeTopic();
    this.topics.set(name, topic);
    return topic;
  }
  existingTopic(name: string): FakeTopic | undefined {
    return this.topics.get(name);
  }
  deleteTopic(name: string): boolean {
    return this.topics.delete(name);
  }
  effectOfRules() {
    return Promise.resolve({
      topics: [],
      channels: [],
      would_drop: 0,
      would_dead_letter: 0,
      at_next_start: [],
    });
  }
  health(): string {
    return this.healthText;
  }
  stats(topic: string, channel: string, includeClients: boolean): TopicStats[] | null {
    const names = topic === "" ? [...this.topics.keys()].sort() : [topic];
    if (topic !== "" && !this.topics.has(topic)) return null;
    return names
      .filter((name) => channel === "" || this.topic(name).channels.has(channel))
      .map((name) => topicStats(name, this.topic(name), channel, includeClients));
  }
}

export class FakeHost implements NsqdHost {
  readonly broker = new FakeBroker();
  readonly access = new HttpAccess(null);
  readonly guard = null;
  readonly policies = new PolicyStore({
    files: new DenoFileSystem(),
    dataPath: "/nowhere",
    fixedFiles: [],
    maxBackoffMs: Infinity,
    warn: () => {},
    onChange: () => {},
  });
  readonly drain = { begin: () => {}, cancel: () => {}, state: () => null, over: neverOver };
  readonly startTime = new Date("2026-11-22T01:28:08.500Z");
  readonly process = { families: () => Promise.resolve([]) };
  readonly options: NsqdOptions;
  readonly logLines: string[] = [];
  readonly logger: Logger;
  producerList: ClientStats[] = [];
  /** Pauses recorded at each call of `persistMetadata`. */
  persisted = 0;
  /** Why `persistMetadata` fails; null for that it does not. */
  persistFailure: Error | null = null;

  constructor(flags: string[] = []) {
    const parsed = parseNsqdOptions(flags, {
      readTextFile: () => "",
      hostname: () => "host-a",
      warn: () => {},
    });
    if (!("options" in parsed)) throw new Error("flags ask for a text");
    this.options = parsed.options;
    this.logger = createLogger({
      level: this.options.logLevel,
      prefix: "",
      format: "text",
      write: (line) => this.logLines.push(decoder.decode(line)),
      now: () => 0,
    });
  }
  get consumers(): never {
    throw new Error("nobody consumes here");
  }
  tcpPort(): number {
    return 4150;
  }
  httpPort(): number {
    return 4151;
  }
  readonly disk = { now: () => Promise.resolve(null) };
  ioThreads() {
    return [];
  }
  connectionCount(): number {
    return 0;
  }
  readiness(): string {
    return this.broker.health();
  }
  persistMetadata(): Promise<void> {
    this.persisted++;
    return this.persistFailure === null ? Promise.resolve() : Promise.reject(this.persistFailure);
  }
  producers(): ClientStats[] {
    return this.producerList;
  }
  configure(...[name, value]: ConfigChange): void {
    if (name === "log_level") this.options.logLevel = value;
    else this.options.nsqlookupdTcpAddresses = value;
  }
}

function topicStats(
  name: string,
  topic: FakeTopic,
  channel: string,
  includeClients: boolean,
): TopicStats {
  const channels = [...topic.channels.keys()].filter((each) => channel === "" || each === channel);
  return {
    topic_name: name,
    channels: channels.map((each) => ({
      channel_name: each,
      depth: 0,
      backend_depth: 0,
      in_flight_count: 0,
      deferred_count: 0,
      message_count: 0,
      requeue_count: 0,
      timeout_count: 0,
      client_count: 0,
      clients: includeClients ? [] : null,
      paused: false,
      e2e_processing_latency: NO_LATENCY,
      finish_count: 0,
      dead_count: 0,
      expired_count: 0,
      rejected_count: 0,
      dropped_count: 0,
      skipped_count: 0,
      oldest_age_ms: 0,
    })),
    depth: topic.published.length,
    backend_depth: 0,
    message_count: topic.published.length,
    message_bytes: topic.published.reduce((sum, { body }) => sum + body.length, 0),
    paused: topic.calls.at(-1) === "pause",
    e2e_processing_latency: NO_LATENCY,
  };
}
