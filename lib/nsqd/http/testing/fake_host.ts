/** A host for unit tests: a broker that only remembers what it was asked to do. */
import type { ClientStats, TopicStats } from "../../../broker/stats.ts";
import { NO_LATENCY } from "../../../broker/stats.ts";
import { createLogger, type Logger } from "../../../log/logger.ts";
import { type NsqdOptions, parseNsqdOptions } from "../../options.ts";
import type { ConfigChange, HttpBroker, HttpChannel, HttpTopic, NsqdHost } from "../host.ts";

const decoder = new TextDecoder();

export class FakeChannel implements HttpChannel {
  /** What was called, in order. */
  readonly calls: string[] = [];
  empty(): void {
    this.calls.push("empty");
  }
  pause(): void {
    this.calls.push("pause");
  }
  unpause(): void {
    this.calls.push("unpause");
  }
}

export class FakeTopic extends FakeChannel implements HttpTopic {
  readonly messages: { body: string; delayMs: number }[] = [];
  readonly channels = new Map<string, FakeChannel>();
  /** Thrown by publishing. */
  failure: Error | undefined;

  publish(source: Uint8Array, start: number, end: number): void {
    this.publishDeferred(source, start, end, 0);
  }
  publishDeferred(source: Uint8Array, start: number, end: number, delayMs: number): void {
    if (this.failure !== undefined) throw this.failure;
    this.messages.push({ body: decoder.decode(source.subarray(start, end)), delayMs });
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

export class FakeBroker implements HttpBroker {
  readonly topics = new Map<string, FakeTopic>();
  healthText = "OK";

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
  readonly startTime = new Date("2026-11-22T01:28:08.500Z");
  readonly options: NsqdOptions;
  readonly logLines: string[] = [];
  readonly logger: Logger;
  producerList: ClientStats[] = [];
  /** Pauses recorded at each call of `persistMetadata`. */
  persisted = 0;

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
  tcpPort(): number {
    return 4150;
  }
  httpPort(): number {
    return 4151;
  }
  connectionCount(): number {
    return 0;
  }
  readiness(): string {
    return this.broker.health();
  }
  persistMetadata(): Promise<void> {
    this.persisted++;
    return Promise.resolve();
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
    })),
    depth: topic.messages.length,
    backend_depth: 0,
    message_count: topic.messages.length,
    message_bytes: topic.messages.reduce((sum, { body }) => sum + body.length, 0),
    paused: topic.calls.at(-1) === "pause",
    e2e_processing_latency: NO_LATENCY,
  };
}
