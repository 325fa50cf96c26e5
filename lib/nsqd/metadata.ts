/**
 * `nsqd.dat`: which topics and channels there are, and which are paused. JSON as nsqd writes it, so that either can start with the other's.
 * @module
 */
import type { Broker } from "../broker/broker.ts";
import type { Logger } from "../log/logger.ts";
import { isValidName } from "../wire/names.ts";
import { NSQ_VERSION } from "../version.ts";
import { toJson } from "../http/json.ts";

const FILE_NAME = "nsqd.dat";
const FILE_MODE = 0o600;

interface Metadata {
  topics: TopicMetadata[] | null;
  version: string;
}

interface ChannelMetadata {
  name: string;
  paused: boolean;
}

interface TopicMetadata extends ChannelMetadata {
  channels: ChannelMetadata[] | null;
}

/** The topics in the file's JSON. Whatever is missing or null has Go's zero value. @throws TypeError if a value has the wrong type */
function checkTopics(metadata: unknown): TopicMetadata[] {
  const topics = listOf(fieldOf(metadata, "topics"));
  return topics.map((topic) => ({
    ...checkNamed(topic),
    channels: listOf(fieldOf(topic, "channels")).map(checkNamed),
  }));
}

function checkNamed(value: unknown): ChannelMetadata {
  const name = fieldOf(value, "name") ?? "", paused = fieldOf(value, "paused") ?? false;
  if (typeof name !== "string" || typeof paused !== "boolean") {
    throw new TypeError(`unexpected ${JSON.stringify(value)}`);
  }
  return { name, paused };
}

function fieldOf(value: unknown, key: string): unknown {
  if (value === null || value === undefined) return undefined;
  if (typeof value !== "object" || Array.isArray(value)) {
    throw new TypeError(`unexpected ${JSON.stringify(value)}`);
  }
  return (value as Record<string, unknown>)[key];
}

function listOf(value: unknown): unknown[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) throw new TypeError(`unexpected ${JSON.stringify(value)}`);
  return value;
}

/** Keeps `nsqd.dat` in step with the broker. */
export class MetadataFile {
  readonly #path: string;
  readonly #broker: Broker;
  readonly #logger: Logger;
  /** The write under way. */
  #writing: Promise<void> | null = null;
  /** The write that follows it, for changes made since it began. */
  #next: Promise<void> | null = null;

  constructor(dataPath: string, broker: Broker, logger: Logger) {
    this.#path = `${dataPath}/${FILE_NAME}`;
    this.#broker = broker;
    this.#logger = logger;
  }

  /** Makes the topics and channels that the file names; none if there is no file. @throws Error if it cannot be read or is not JSON */
  load(): void {
    let text: string;
    try {
      text = Deno.readTextFileSync(this.#path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return;
      const why = (error as Error).message;
      throw new Error(`failed to read metadata from ${this.#path} - ${why}`, { cause: error });
    }
    let topics: TopicMetadata[];
    try {
      topics = checkTopics(JSON.parse(text));
    } catch (error) {
      const why = (error as Error).message;
      throw new Error(`failed to parse metadata in ${this.#path} - ${why}`, { cause: error });
    }
    this.#broker.loading(() => this.#create(topics));
  }

  /** Writes the file. Changes made while one write is under way go into the next. @throws if it cannot be written */
  persist(): Promise<void> {
    if (this.#writing === null) {
      return this.#writing = this.#write().finally(() => this.#writing = null);
    }
    return this.#next ??= this.#writing.catch(() => {}).then(() => {
      this.#next = null;
      return this.persist();
    });
  }

  #create(topics: TopicMetadata[]): void {
    for (const { name, paused, channels } of topics) {
      if (!isValidName(name)) {
        this.#logger.warn(`skipping creation of invalid topic ${name}`);
        continue;
      }
      const topic = this.#broker.topic(name);
      if (paused) topic.pause();
      for (const { name, paused } of channels ?? []) {
        if (!isValidName(name)) {
          this.#logger.warn(`skipping creation of invalid channel ${name}`);
          continue;
        }
        const channel = topic.channel(name);
        if (paused) channel.pause();
      }
    }
  }

  async #write(): Promise<void> {
    this.#logger.info(`NSQ: persisting topic/channel metadata to ${this.#path}`);
    const temporary = this.#temporaryPath();
    {
      using file = await Deno.open(temporary, { write: true, create: true, mode: FILE_MODE });
      const bytes = this.#encode();
      for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
      await file.sync();
    }
    await Deno.rename(temporary, this.#path);
  }

  #encode(): Uint8Array {
    const topics = [...this.#broker.topics.values()].filter((topic) => !topic.ephemeral)
      .map((topic) => {
        const channels = [...topic.channels.values()].filter((channel) => !channel.ephemeral)
          .map(({ name, paused }) => ({ name, paused }));
        return {
          name: topic.name,
          paused: topic.paused,
          channels: channels.length > 0 ? channels : null,
        };
      });
    const metadata: Metadata = {
      topics: topics.length > 0 ? topics : null,
      version: NSQ_VERSION,
    };
    return new TextEncoder().encode(toJson(metadata));
  }

  #temporaryPath(): string {
    return `${this.#path}.${crypto.getRandomValues(new Uint32Array(1))[0]}.tmp`;
  }
}
