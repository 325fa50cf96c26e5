import type { Logger } from "../../log/logger.ts";
import { CLOSE_WAIT, MESSAGE_ID_BYTES, OK } from "../../wire/protocol.ts";
import { ATTEMPTS_OFFSET, BODY_OFFSET, ID_OFFSET } from "../../wire/record.ts";
import { ErrorCode } from "../../wire/errors.ts";
import { type Chunk, FrameError } from "../connection/chunk.ts";
import { Connection, type ConnectionEvents } from "../connection/connection.ts";
import { checkJoinable, NotJoinedError } from "./join.ts";
import { Message, type MessageOwner } from "./message.ts";
import type { ResolvedConsumerOptions } from "../options/options.ts";
import type { ReadyLink } from "./ready.ts";

/** `FIN ` as one number, and what follows the id. */
const FIN = 0x46494e20;
const FIN_BYTES = 4 + MESSAGE_ID_BYTES + 1;
const NEWLINE = 0x0a;

/** nsqd answers to CLS within this time, or it is not waited for. */
const CLOSE_WAIT_TIMEOUT_MS = 2000;

/** What a link tells its consumer. */
export interface LinkOwner {
  readonly options: ResolvedConsumerOptions;
  readonly logger: Logger;
  /** Set before the first message. */
  reusesBodies: boolean;
  onMessage(message: Message, attempts: number): void;
  onFinished(): void;
  onRequeued(isFailure: boolean): void;
}

/** A consumer's connection to one nsqd, subscribed to its channel. */
export class ConsumerLink implements ConnectionEvents, MessageOwner, ReadyLink {
  rdy = 0;
  lastRdyMs = 0;
  lastMessageMs = 0;
  maxRdy = 0;
  /** No more messages are asked for. */
  isClosing = false;
  /** Messages that are not answered. */
  inFlight = 0;

  /** Resolves with the reason when the connection is over. */
  readonly closed: Promise<Error>;

  #connection: Connection | null = null;
  #onClosed: (reason: Error) => void = () => {};
  /** Resolves the wait for the answer to SUB. */
  #subscribed: ((error: Error | null) => void) | null = null;
  /** nsqd will send no further message. */
  #canClose = false;
  #closeTimer: ReturnType<typeof setTimeout> | undefined;

  private constructor(readonly address: string, readonly owner: LinkOwner) {
    this.closed = new Promise((resolve) => this.#onClosed = resolve);
  }

  /** Connects and subscribes. @throws Error that says which step failed */
  static async open(
    address: string,
    owner: LinkOwner,
    signal: AbortSignal,
  ): Promise<ConsumerLink> {
    const link = new ConsumerLink(address, owner);
    const { options, logger } = owner;
    const connection = await Connection.open(address, options, link, { logger, signal });
    link.#connection = connection;
    link.maxRdy = connection.info.maxRdyCount;
    link.lastMessageMs = connection.lastReadMs;
    await link.#join(signal);
    if (link.maxRdy < options.maxInFlight) {
      logger.warn(
        `(${address}) max RDY count ${link.maxRdy} < consumer max in flight` +
          ` ${options.maxInFlight}, truncation possible`,
      );
    }
    return link;
  }

  /** Subscribes, or finds that it may not. */
  async #join(signal: AbortSignal): Promise<void> {
    const { options, logger } = this.owner;
    const connection = this.#connection!;
    try {
      if (options.joinOnly && !connection.info.joinsOnly) {
        await checkJoinable(this.address, options, logger, signal);
      }
      await this.#subscribe(signal);
    } catch (error) {
      connection.close(error as Error);
      if (error instanceof NotJoinedError) options.onNotJoined?.(this.address, error.missing);
      throw error;
    }
  }

  async #subscribe(signal: AbortSignal): Promise<void> {
    const { topic, channel } = this.owner.options;
    const connection = this.#connection!;
    const stop = () => connection.close(new Error("stopped"));
    signal.addEventListener("abort", stop);
    const answered = new Promise<Error | null>((resolve) => this.#subscribed = resolve);
    if (signal.aborted) stop();
    connection.send(`SUB ${topic} ${channel}`);
    const error = await answered;
    signal.removeEventListener("abort", stop);
    this.#subscribed = null;
    if (error === null) return;
    if (error.message.startsWith(ErrorCode.NoTopic)) throw new NotJoinedError("topic");
    if (error.message.startsWith(ErrorCode.NoChannel)) throw new NotJoinedError("channel");
    throw new Error(`SUB failed - ${error.message}`, { cause: error });
  }

  get reusesBodies(): boolean {
    return this.owner.reusesBodies;
  }

  sendRdy(count: number): void {
    this.#connection!.send(`RDY ${count}`);
  }

  /** Asks nsqd for no more messages; closes when all that came are answered. */
  startClose(): void {
    if (this.isClosing) return;
    this.isClosing = true;
    if (this.#connection!.isClosed) return;
    this.#connection!.send("CLS");
    this.#closeTimer = setTimeout(() => this.#noMoreMessages(), CLOSE_WAIT_TIMEOUT_MS);
  }

  close(reason: Error): void {
    this.#connection!.close(reason);
  }

  onMessage(chunk: Chunk, at: number, end: number): void {
    if (end - at < BODY_OFFSET) throw new FrameError(`message frame of ${end - at} bytes`);
    this.inFlight++;
    chunk.unanswered++;
    this.lastMessageMs = this.#connection!.lastReadMs;
    const attempts = chunk.view.getUint16(at + ATTEMPTS_OFFSET);
    this.owner.onMessage(new Message(this, chunk, at, end), attempts);
  }

  onResponse(text: string): void {
    if (text === OK) this.#subscribed?.(null);
    else if (text === CLOSE_WAIT) this.#noMoreMessages();
    else this.owner.logger.warn(`(${this.address}) unexpected response ${JSON.stringify(text)}`);
  }

  onError(text: string): void {
    if (this.#subscribed !== null) return this.#subscribed(new Error(text));
    // Such as E_FIN_FAILED for a message that has timed out meanwhile.
    this.owner.logger.error(`(${this.address}) protocol error - ${text}`);
  }

  onClose(reason: Error): void {
    this.#subscribed?.(reason);
    this.isClosing = true;
    clearTimeout(this.#closeTimer);
    this.#onClosed(reason);
  }

  finish(message: Message): void {
    if (!this.#answer(message, "FIN")) return;
    const { output } = this.#connection!;
    const at = output.reserve(FIN_BYTES);
    const { view, bytes } = output, from = message.chunk.view, id = message.at + ID_OFFSET;
    view.setUint32(at, FIN);
    for (let i = 0; i < MESSAGE_ID_BYTES; i += 4) {
      view.setUint32(at + 4 + i, from.getUint32(id + i));
    }
    bytes[at + FIN_BYTES - 1] = NEWLINE;
    output.length += FIN_BYTES;
    this.#connection!.scheduleFlush();
    this.owner.onFinished();
    if (this.#canClose) this.#closeWhenAnswered();
  }

  requeue(message: Message, delayMs: number | undefined, isFailure: boolean): void {
    if (!this.#answer(message, "REQ")) return;
    const { defaultRequeueDelayMs, maxRequeueDelayMs } = this.owner.options;
    const delay = delayMs ?? Math.min(defaultRequeueDelayMs * message.attempts, maxRequeueDelayMs);
    this.#connection!.send(`REQ ${message.id} ${Math.max(0, Math.round(delay))}`);
    this.owner.onRequeued(isFailure);
    if (this.#canClose) this.#closeWhenAnswered();
  }

  touch(message: Message): void {
    if (message.answered || this.#isLost("TOUCH", message)) return;
    this.#connection!.send(`TOUCH ${message.id}`);
  }

  /** Marks a message as answered. False if there is nothing to send. */
  #answer(message: Message, command: string): boolean {
    if (message.answered) return false;
    message.answered = true;
    message.chunk.unanswered--;
    this.inFlight--;
    return !this.#isLost(command, message);
  }

  /** Whether the nsqd is gone, which will deliver the message again. */
  #isLost(command: string, message: Message): boolean {
    if (!this.#connection!.isClosed) return false;
    const { logger } = this.owner;
    if (logger.enabled(1)) {
      logger.debug(`(${this.address}) ${command} ${message.id}: the connection is gone`);
    }
    return true;
  }

  #noMoreMessages(): void {
    this.#canClose = true;
    this.#closeWhenAnswered();
  }

  #closeWhenAnswered(): void {
    if (this.inFlight > 0) return;
    const connection = this.#connection!;
    void connection.drained().then(() => connection.close(new Error("clean close")));
  }
}
