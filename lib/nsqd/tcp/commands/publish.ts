/**
 * What producers send: PUB, MPUB, DPUB.
 * Source: https://nsq.io/clients/tcp_protocol_spec.html
 * @module
 */
import type { Topic } from "../../../broker/topic.ts";
import { ErrorCode, FatalClientError } from "../../../wire/errors.ts";
import { goQuote } from "../../../go/quote.ts";
import type { InputBuffer } from "../../../wire/input_buffer.ts";
import { MpubScanner } from "../../../wire/mpub.ts";
import { isValidName } from "../../../wire/names.ts";
import { NOT_A_NUMBER, parseDecimal } from "../../../wire/number.ts";
import { readKey } from "../../publish_key.ts";
import type { Client, PublishedTopic } from "../client.ts";
import { commandFailed } from "../output_hold.ts";
import type { PendingCommand } from "./body_command.ts";
import { type CommandLine, invalid } from "./line.ts";

/** `PUB topic [key]`, and a message as body. nsqd takes no notice of a key. */
export function PUB(client: Client, line: CommandLine): PendingCommand {
  line.require(2, "PUB insufficient number of parameters");
  checkTopicName(line, "PUB");
  const key = keyOf(line, 2, "PUB");
  return new PendingMessage(client, "PUB", ErrorCode.PubFailed, line.text(1), 0, key);
}

/** `DPUB topic delayMs [key]`, and a message as body. */
export function DPUB(client: Client, line: CommandLine): PendingCommand {
  line.require(3, "DPUB insufficient number of parameters");
  checkTopicName(line, "DPUB");
  const delayMs = parseDecimal(line.bytes, line.start(2), line.end(2));
  if (delayMs === NOT_A_NUMBER) throw invalid(`DPUB could not parse timeout ${line.text(2)}`);
  const { maxReqTimeoutMs } = client.context.options;
  if (delayMs > maxReqTimeoutMs) {
    const max = Math.trunc(maxReqTimeoutMs);
    throw invalid(`DPUB timeout ${BigInt(line.text(2))} out of range 0-${max}`);
  }
  const key = keyOf(line, 3, "DPUB");
  return new PendingMessage(client, "DPUB", ErrorCode.DpubFailed, line.text(1), delayMs, key);
}

/** `MPUB topic`, and a body of many messages. */
export function MPUB(client: Client, line: CommandLine): PendingCommand {
  line.require(2, "MPUB insufficient number of parameters");
  checkTopicName(line, "E_BAD_TOPIC MPUB");
  return new PendingBatch(client, line.text(1));
}

/** Publishes the body `bytes[start, end)` of a PUB and answers. @throws FatalClientError */
export function publish(
  client: Client,
  to: PublishedTopic,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  client.context.broker.barrier.begin();
  try {
    to.topic.publish(bytes, start, end);
  } catch (error) {
    throw failed(ErrorCode.PubFailed, error);
  }
  to.count++;
  client.acknowledge(ErrorCode.PubFailed);
}

/** @throws FatalClientError if a message of this size cannot be */
export function checkMessageSize(command: string, size: number, maxBytes: number): void {
  if (size <= 0) {
    const text = `${command} invalid message body size ${size}`;
    throw new FatalClientError(ErrorCode.BadMessage, text);
  }
  if (size > maxBytes) {
    const text = `${command} message too big ${size} > ${maxBytes}`;
    throw new FatalClientError(ErrorCode.BadMessage, text);
  }
}

/** The topic of this name, made if there is none, with what `client` has published to it. */
function publishedTopic(client: Client, name: string, onFailure: ErrorCode): PublishedTopic {
  let topic: Topic;
  try {
    client.context.broker.checkPublishing();
    topic = client.context.broker.topic(name);
  } catch (error) {
    throw failed(onFailure, error);
  }
  const known = client.published.get(name);
  if (known?.topic === topic) return known;
  const nameBytes = new TextEncoder().encode(name);
  const entry = { topic, nameBytes, count: known?.count ?? 0 };
  client.published.set(name, entry);
  return entry;
}

/** One message to come. */
class PendingMessage implements PendingCommand {
  publishedTo: PublishedTopic | null = null;
  continuation: (() => Promise<void>) | null = null;

  constructor(
    private readonly client: Client,
    private readonly command: "PUB" | "DPUB",
    private readonly onFailure: ErrorCode,
    private readonly topicName: string,
    private readonly delayMs: number,
    private readonly key: string,
  ) {}

  checkSize(size: number): void {
    checkMessageSize(this.command, size, this.client.context.options.maxMsgSizeBytes);
  }

  run(input: InputBuffer, size: number): number {
    const { start } = input;
    if (input.end - start < size) return -1;
    const { auth } = this.client;
    if (auth !== null && !auth.check(this.command, this.topicName, "")) {
      const body = input.bytes.slice(start, start + size);
      this.continuation = async () => {
        await auth.renewAndCheck(this.command, this.topicName, "");
        this.#publish(body, 0, size);
      };
      return size;
    }
    const to = this.#publish(input.bytes, start, start + size);
    // The next PUB to it would be carried out without a look at what the client may do.
    if (this.command === "PUB" && auth === null) this.publishedTo = to;
    return size;
  }

  #publish(bytes: Uint8Array, start: number, end: number): PublishedTopic {
    const { client, command, onFailure, delayMs, key } = this;
    client.context.broker.barrier.begin();
    const to = publishedTopic(client, this.topicName, onFailure);
    if (command === "PUB" && key === "") {
      publish(client, to, bytes, start, end);
      return to;
    }
    let isQueued = true;
    try {
      if (key === "") to.topic.publishDeferred(bytes, start, end, delayMs);
      else isQueued = to.topic.publishKeyed(key, bytes, start, end, delayMs);
    } catch (error) {
      throw failed(onFailure, error);
    }
    if (isQueued) to.count++;
    client.acknowledge(onFailure);
    return to;
  }

  truncated(_available: number, size: number): FatalClientError {
    const what = size < 0 ? "message body size" : "message body";
    return new FatalClientError(ErrorCode.BadMessage, `${this.command} failed to read ${what}`);
  }
}

/** Many messages to come, of which all are published or none. */
class PendingBatch implements PendingCommand {
  continuation: (() => Promise<void>) | null = null;
  readonly #client: Client;
  readonly #topicName: string;
  /** Null while it is not known whether the client may publish: the topic is not made for one who may not. */
  #to: PublishedTopic | null = null;
  readonly #scanner: MpubScanner;

  constructor(client: Client, topicName: string) {
    const { auth } = client;
    this.#topicName = topicName;
    if (auth === null || auth.check("MPUB", topicName, "")) {
      this.#to = publishedTopic(client, topicName, ErrorCode.MpubFailed);
    }
    const { maxMsgSizeBytes, maxBodySizeBytes } = client.context.options;
    this.#client = client;
    this.#scanner = new MpubScanner(maxMsgSizeBytes, maxBodySizeBytes);
  }

  checkSize(size: number): void {
    const { maxBodySizeBytes } = this.#client.context.options;
    if (size <= 0) {
      throw new FatalClientError(ErrorCode.BadBody, `MPUB invalid body size ${size}`);
    }
    if (size > maxBodySizeBytes) {
      const text = `MPUB body too big ${size} > ${maxBodySizeBytes}`;
      throw new FatalClientError(ErrorCode.BadBody, text);
    }
  }

  /** As in nsqd, the messages say where the body ends, not its announced size. */
  run(input: InputBuffer): number {
    const scanner = this.#scanner;
    const { bytes, view, start, end } = input;
    if (!scanner.scan(view, start, end - start)) return -1;
    const { length } = scanner;
    if (this.#to === null) {
      const body = bytes.slice(start, start + length);
      this.continuation = () => this.#publishAfterRenewal(body);
    } else {
      this.#publish(this.#to, bytes.subarray(start, end));
    }
    return length;
  }

  async #publishAfterRenewal(body: Uint8Array): Promise<void> {
    await this.#client.auth!.renewAndCheck("MPUB", this.#topicName, "");
    this.#publish(publishedTopic(this.#client, this.#topicName, ErrorCode.MpubFailed), body);
  }

  /** @param body what the scanner's spans lie in */
  #publish(to: PublishedTopic, body: Uint8Array): void {
    const { spans, count } = this.#scanner;
    this.#client.context.broker.barrier.begin();
    try {
      this.#client.context.broker.checkPublishing(); // the body may have taken its time
      to.topic.publishBatch(body, spans, count);
    } catch (error) {
      throw failed(ErrorCode.MpubFailed, error);
    }
    to.count += count;
    this.#client.acknowledge(ErrorCode.MpubFailed);
  }

  truncated(available: number, size: number): FatalClientError {
    if (size >= 0) return this.#scanner.truncated(available);
    return new FatalClientError(ErrorCode.BadBody, "MPUB failed to read body size");
  }
}

/** @param command as it stands in the error, which for MPUB repeats the code, as nsqd's does */
function checkTopicName(line: CommandLine, command: string): void {
  if (isValidName(line.text(1))) return;
  const text = `${command} topic name ${goQuote(line.param(1))} is not valid`;
  throw new FatalClientError(ErrorCode.BadTopic, text);
}

/** The key in parameter `at`; empty for none. A space at the line's end is none. @throws FatalClientError */
function keyOf(line: CommandLine, at: number, command: string): string {
  if (line.count <= at || line.start(at) === line.end(at)) return "";
  try {
    return readKey(line.param(at));
  } catch (error) {
    throw invalid(`${command} key ${(error as Error).message}`);
  }
}

function failed(code: ErrorCode, error: unknown): FatalClientError {
  return commandFailed(code, error as Error);
}
