/** The archives of all topics: begun as topics are named or discovered, ended together. */

import type { GoPattern } from "../../go/pattern.ts";
import { Consumer } from "../../client/mod.ts";
import { JsonClient } from "../../http/json_client.ts";
import type { Logger } from "../../log/logger.ts";
import { prefixed } from "../../log/prefixed.ts";
import { authorizationOf, consumerOptionsFor } from "../consumer_options.ts";
import { Archive } from "./archive.ts";
import { filenameTemplate } from "./filename.ts";
import { directoriesOf, needsRevision, type ToFileOptions } from "./options.ts";
import { RotatingFile } from "./rotating_file.ts";
import { TopicList } from "./topic_list.ts";

/** All topics of one `nsq to-file`. */
export class Archives {
  readonly #options: ToFileOptions;
  readonly #logger: Logger;
  readonly #host: { readonly hostname: string; readonly pid: number };
  readonly #pattern: GoPattern | undefined;
  readonly #archives = new Map<string, Archive>();
  readonly #http: JsonClient;
  readonly #topicList: TopicList;
  #running = 0;
  #isStopping = false;
  #error: Error | null = null;
  #onEnd: () => void = () => {};
  #refreshTimer: ReturnType<typeof setInterval> | undefined;

  /** @param pattern of the topics to archive; left out: all that are named or found */
  constructor(
    options: ToFileOptions,
    pattern: GoPattern | undefined,
    logger: Logger,
    host: { readonly hostname: string; readonly pid: number },
  ) {
    this.#options = options;
    this.#logger = logger;
    this.#host = host;
    this.#pattern = pattern;
    this.#http = new JsonClient({
      connectTimeoutMs: options.httpConnectTimeoutMs,
      requestTimeoutMs: options.httpRequestTimeoutMs,
      authorization: authorizationOf(options.consumerOpts),
    });
    this.#topicList = new TopicList(options.lookupd, this.#http, logger);
  }

  /**
   * Runs until {@link stop}, or until a file cannot be written.
   *
   * @throws Error what ended the first archive that failed; the others have been stopped in good order
   */
  async run(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#onEnd = resolve);
    const { topics, topicRefreshMs } = this.#options;
    if (topics.length > 0) this.#add(topics);
    else {
      this.#refreshTimer = setInterval(() => void this.#refresh(), topicRefreshMs);
      await this.#refresh();
    }
    this.#checkEnd();
    await ended;
    if (this.#error !== null) throw this.#error;
  }

  /** Takes no more messages; what has come is synced and finished. */
  stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    clearInterval(this.#refreshTimer);
    this.#http.close();
    for (const archive of this.#archives.values()) archive.stop();
    this.#checkEnd();
  }

  /** Closes all files; messages to come go to others. */
  reopen(): void {
    for (const archive of this.#archives.values()) archive.reopen();
  }

  async #refresh(): Promise<void> {
    const topics = await this.#topicList.fetch();
    if (!this.#isStopping) this.#add(topics.filter((topic) => this.#isWanted(topic)));
  }

  #add(topics: readonly string[]): void {
    for (const topic of topics) {
      if (this.#archives.has(topic)) continue;
      if (!this.#isWanted(topic)) {
        const pattern = this.#options.topicPattern;
        this.#logger.warn(`skipping topic ${topic} (doesn't match pattern ${pattern})`);
        continue;
      }
      const archive = this.#archive(topic);
      this.#archives.set(topic, archive);
      this.#running++;
      archive.run().catch((error: Error) => {
        this.#error ??= new Error(`[${topic}/${this.#options.channel}] ${error.message}`);
        this.stop();
      }).finally(() => {
        this.#running--;
        this.#checkEnd();
      });
    }
  }

  #isWanted(topic: string): boolean {
    return this.#pattern?.test(topic) ?? true;
  }

  #archive(topic: string): Archive {
    const options = this.#options;
    const logger = prefixed(this.#logger, `[${topic}/${options.channel}] `);
    const consumer = new Consumer({
      // Giving a message up would lose it: a full disk may send it around many times.
      maxAttempts: 0,
      ...consumerOptionsFor(options, topic, "nsq_to_file", this.#logger),
    });
    const file = new RotatingFile({
      ...options,
      ...directoriesOf(options),
      filenameTemplate: filenameTemplate(
        { ...options, needsRevision: needsRevision(options) },
        { topic, ...this.#host },
      ),
      gzipLevel: options.gzip ? options.gzipLevel : 0,
    }, logger);
    return new Archive({ consumer, file, logger }, options);
  }

  #checkEnd(): void {
    if (this.#isStopping && this.#running === 0) this.#onEnd();
  }
}
