import {
  copyOf,
  ModelChannel,
  type ModelDeferred,
  type ModelMessage,
  type Sequence,
} from "./model_channel.ts";

/** What a topic must do: hand every message to each of its channels, or keep it until it can. */
export class ModelTopic {
  paused = false;
  published = 0;
  waiting: ModelMessage[] = [];
  waitingDeferred: ModelDeferred[] = [];
  readonly channels = new Map<string, ModelChannel>();
  /** All that were published to a durable topic, by index. */
  readonly messages = new Map<number, ModelMessage>();
  /** Behind the last of them that a power cut left no whole message of. */
  goneEnd = 0;

  /** @param generation tells it from an earlier topic of the same name */
  constructor(
    readonly name: string,
    readonly ephemeral: boolean,
    readonly generation: number,
    private readonly memQueueSize: number,
    private readonly sequence: Sequence,
  ) {}

  get depth(): number {
    return this.waiting.length + this.waitingDeferred.length;
  }

  /** Whether nothing stops the topic from handing on what waits. */
  get canHandOn(): boolean {
    return !this.paused && this.channels.size > 0;
  }

  /** The topic says that its depth is `depth`: the rest has gone to the channels, or was dropped by an ephemeral topic. */
  follow(depth: number, step: number): void {
    const missing = this.depth - depth;
    if (missing <= 0) return;
    if (this.canHandOn) {
      for (const message of this.waiting.splice(0, missing)) this.#handOn(message, step);
      if (depth > 0) return;
      for (const { message, dueMs } of this.waitingDeferred) {
        for (const channel of this.channels.values()) {
          const copy = copyOf(message);
          if (!channel.ephemeral) channel.take(copy, dueMs);
          channel.deferred.push({ message: copy, dueMs });
        }
      }
      this.waitingDeferred = [];
    } else if (this.ephemeral && this.waiting.length > this.memQueueSize) {
      this.waiting.length = Math.max(this.memQueueSize, this.waiting.length - missing);
    }
  }

  /** `body` was delivered: if it was waiting, all up to it have been handed on. */
  handedOn(body: string, step: number): void {
    const index = this.waiting.findIndex((message) => message.body === body);
    if (index < 0 || !this.canHandOn) return;
    for (const message of this.waiting.splice(0, index + 1)) this.#handOn(message, step);
  }

  #handOn(message: ModelMessage, step: number): void {
    for (const channel of this.channels.values()) {
      const copy = copyOf(message);
      if (!channel.ephemeral) channel.take(copy, 0);
      channel.push(copy, step);
    }
  }

  channel(name: string, ephemeral: boolean): ModelChannel {
    let channel = this.channels.get(name);
    if (channel !== undefined) return channel;
    channel = new ModelChannel(name, ephemeral, this.memQueueSize, this.sequence);
    this.channels.set(name, channel);
    return channel;
  }

  /** The broker stops and starts again. */
  reopen(): void {
    this.waiting.push(
      ...this.waitingDeferred.sort((a, b) => a.dueMs - b.dueMs).map(({ message }) => message),
    );
    this.waitingDeferred = [];
    this.published = 0;
    for (const channel of this.channels.values()) {
      if (channel.ephemeral) this.channels.delete(channel.name);
    }
  }
}
