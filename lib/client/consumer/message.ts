import { ATTEMPTS_OFFSET, BODY_OFFSET, ID_OFFSET, TIMESTAMP_OFFSET } from "../../wire/record.ts";
import { messageIdString } from "../../wire/message_id.ts";
import type { Chunk } from "../connection/chunk.ts";

/** Who a message's answers go to. */
export interface MessageOwner {
  readonly address: string;
  /** Nobody looks at a body after its message is answered. */
  readonly reusesBodies: boolean;
  finish(message: Message): void;
  requeue(message: Message, delayMs: number | undefined, backoff: boolean): void;
  touch(message: Message): void;
}

/** Limits of {@link Message.requeue} beyond its delay. */
export interface RequeueOptions {
  /** Whether this counts as a failure, after which the consumer slows down. Default true. */
  backoff?: boolean;
}

/**
 * A message that was delivered, to be answered once: by {@link finish} or {@link requeue}. Answers after the first one, and answers
 * to an nsqd that is gone, do nothing.
 *
 * Everything here is read out of what was received when it is asked for. `body` is a view, which stays valid; but one that is kept
 * keeps up to 128 KB of memory with it: copy (`slice()`) the few that are kept for long. A message that a handler neither read the
 * body of nor answered itself is not there any more after the handler. With `reuseBodies` no message is, once it is answered.
 */
export class Message {
  /** Used by {@link MessageOwner} alone. */
  answered = false;
  #body: Uint8Array | null = null;

  constructor(
    /** Used by {@link MessageOwner} alone. */
    readonly owner: MessageOwner,
    /** Used by {@link MessageOwner} alone: `chunk.bytes[at, end)` is the message's frame. */
    readonly chunk: Chunk,
    readonly at: number,
    readonly end: number,
  ) {}

  get body(): Uint8Array {
    if (this.#body !== null) return this.#body;
    this.#checkThere();
    this.#keep();
    return this.#body = this.chunk.bytes.subarray(this.at + BODY_OFFSET, this.end);
  }

  /** 16 hexadecimal characters. */
  get id(): string {
    this.#checkThere();
    return messageIdString(this.chunk.bytes, this.at + ID_OFFSET);
  }

  /** When it was published: nanoseconds since 1970. */
  get timestampNs(): bigint {
    this.#checkThere();
    return this.chunk.view.getBigInt64(this.at + TIMESTAMP_OFFSET);
  }

  /** How often it was delivered, this time included. */
  get attempts(): number {
    this.#checkThere();
    return this.chunk.view.getUint16(this.at + ATTEMPTS_OFFSET);
  }

  /** Address of the nsqd that it came from. */
  get nsqd(): string {
    return this.owner.address;
  }

  get isAnswered(): boolean {
    return this.answered;
  }

  /** It has been dealt with. */
  finish(): void {
    this.#keep();
    this.owner.finish(this);
  }

  /**
   * It is to come again.
   * @param delayMs default: `defaultRequeueDelayMs` for each attempt, at most `maxRequeueDelayMs`
   */
  requeue(delayMs?: number, { backoff = true }: RequeueOptions = {}): void {
    this.#keep();
    this.owner.requeue(this, delayMs, backoff);
  }

  /** It takes longer: nsqd's timeout starts again. */
  touch(): void {
    this.owner.touch(this);
  }

  /** Whoever asks for the body, or answers by hand, may look at the message later, unless he has said otherwise. */
  #keep(): void {
    if (!this.owner.reusesBodies) this.chunk.isShared = true;
  }

  #checkThere(): void {
    if (this.chunk.bytes.length === 0) {
      throw new Error("message was answered before, and its memory is in use again");
    }
  }
}
