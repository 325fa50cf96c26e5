/**
 * `nsqd.dat`: which topics and channels there are, and which are paused. JSON as nsqd writes it, so that either can start with the other's.
 * @module
 */
import type { Broker } from "../broker/broker.ts";
import type { Logger } from "../log/logger.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { systemReason } from "../system_reason.ts";
import { readWholeFile, replaceFile } from "../storage/whole_file.ts";
import { isValidName } from "../wire/names.ts";
import { NSQ_VERSION } from "../version.ts";
import { toJson } from "../http/json.ts";

const FILE_NAME = "nsqd.dat";

/** What a write that was cut short has left, ours or nsqd's. */
const LEFTOVER = /^nsqd\.dat\.\d+\.tmp$/;

/** Its name before NSQ 1.0: with the id of the node. */
const OLD_FILE = /^nsqd\.\d{1,4}\.dat$/;

interface Metadata {
  topics: TopicMetadata[] | null;
  version: string;
}

interface ChannelMetadata {
  name: string;
  paused: boolean;
}

/** A topic as the file has it. */
export interface TopicMetadata extends ChannelMetadata {
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
  readonly #files: FileSystem;
  readonly #dataPath: string;
  readonly #path: string;
  readonly #broker: Broker;
  readonly #logger: Logger;
  /** The write under way. */
  #writing: Promise<void> | null = null;
  /** The write that follows it, for changes made since it began. */
  #next: Promise<void> | null = null;
  #hasWritten = false;

  constructor(files: FileSystem, dataPath: string, broker: Broker, logger: Logger) {
    this.#files = files;
    this.#dataPath = dataPath;
    this.#path = `${dataPath}/${FILE_NAME}`;
    this.#broker = broker;
    this.#logger = logger;
  }

  /** The topics that the file names; none if there is no file. @throws Error if it cannot be read or is not JSON */
  read(): TopicMetadata[] {
    const topics = this.#read(this.#path);
    if (topics.length === 0) this.#warnOfOldFiles();
    return topics;
  }

  /** Makes these topics and their channels. */
  load(topics: readonly TopicMetadata[]): void {
    this.#broker.loading(() => this.#create(topics));
  }

  /** The topics of a file; none if there is no such file. @throws Error if it cannot be read or is not JSON */
  #read(path: string): TopicMetadata[] {
    let text: string;
    try {
      text = new TextDecoder().decode(readWholeFile(this.#files, path));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      const why = (error as Error).message;
      throw new Error(`failed to read metadata from ${path} - ${why}`, { cause: error });
    }
    try {
      return checkTopics(JSON.parse(text));
    } catch (error) {
      const why = (error as Error).message;
      throw new Error(`failed to parse metadata in ${path} - ${why}`, { cause: error });
    }
  }

  /**
   * nsqd 1.0 moved an old file to the name of today and left a link behind, in case of a way back; since 1.2 it says nothing of one.
   * Source: nsqd's ChangeLog, 1.0.0-compat and 1.2.0
   */
  #warnOfOldFiles(): void {
    for (const name of this.#files.list(this.#dataPath).filter((each) => OLD_FILE.test(each))) {
      const path = `${this.#dataPath}/${name}`;
      let missing: string;
      try {
        const topics = this.#read(path);
        if (topics.length === 0) continue;
        missing = topics.length === 1 ? "its topic is" : `its ${topics.length} topics are`;
      } catch (error) {
        missing = `what it names is (${(error as Error).message})`;
      }
      this.#logger.warn(
        `${path} is of NSQ 0.x and not read: ${missing} missing here, messages on disk stay there. ` +
          `To have them, stop nsqd and rename it: mv ${path} ${this.#path}`,
      );
    }
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

  #create(topics: readonly TopicMetadata[]): void {
    for (const { name, paused, channels } of topics) {
      if (!isValidName(name)) {
        this.#logger.warn(`skipping creation of invalid topic ${name}`);
        continue;
      }
      const topic = this.#broker.topic(name);
      // A journal knows better.
      if (paused && !topic.journal?.isOld) topic.pause();
      for (const { name, paused } of channels ?? []) {
        if (!isValidName(name)) {
          this.#logger.warn(`skipping creation of invalid channel ${name}`);
          continue;
        }
        const isKnown = topic.existingChannel(name) !== undefined;
        const channel = topic.channel(name);
        if (paused && !isKnown) channel.pause();
      }
    }
  }

  #write(): Promise<void> {
    if (!this.#hasWritten) this.#removeLeftovers();
    this.#hasWritten = true;
    this.#logger.info(`NSQ: persisting topic/channel metadata to ${this.#path}`);
    return replaceFile(this.#files, this.#path, this.#temporaryPath(), this.#encode());
  }

  /** Before the first write, and behind the lock: then nobody is writing one of them. */
  #removeLeftovers(): void {
    for (const name of this.#files.list(this.#dataPath).filter((each) => LEFTOVER.test(each))) {
      try {
        this.#files.remove(`${this.#dataPath}/${name}`);
      } catch (error) {
        this.#logger.warn(`cannot remove ${name}, which a crash has left - ${systemReason(error)}`);
      }
    }
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
