import { BODY_OFFSET, DISK_SAVING_BYTES, ID_OFFSET, TIMESTAMP_OFFSET } from "../../wire/record.ts";
import { messageIdString } from "../../wire/message_id.ts";
import type { DeadMessage, DeadNote } from "../dead/dead_record.ts";
import type { ClientStats } from "../stats.ts";

/** Bodies are collected until there are so many bytes of them. */
const MAX_TOTAL_BYTES = 16 * 1024 * 1024;

/** What is known of a message beside its record. */
export interface PeekedState {
  /** How often it was delivered. */
  attempts: number;
  /** When it is queued again if deferred, when it times out if in flight: unix ms. */
  dueUnixMs?: number;
  /** Who has it in flight; null if that connection is gone. */
  holder?: ClientStats | null;
  /** What is known of its end if it is dead. */
  death?: DeadNote;
}

/** A message as it was when somebody looked. */
export interface PeekedMessage extends PeekedState {
  /** The 16 characters of its id. */
  id: string;
  /** When it was published, ns since 1970. */
  publishedNs: bigint;
  /** Bytes of its body. */
  size: number;
  /** A copy of its body, perhaps not of all. */
  body: Uint8Array;
}

/** In which messages of a channel can be looked at. */
export type PeekedChannelState = "queued" | "in_flight" | "deferred" | "dead";

/** The same of what waits at a topic. */
export type PeekedTopicState = "queued" | "deferred";

/** What a look found. */
export interface Peeked {
  /** How many messages were in that state. */
  total: number;
  messages: PeekedMessage[];
}

/** What a look is to find. */
export interface PeekRequest {
  /** So many messages come before the first one. */
  offset: number;
  count: number;
  /** So much of each body is copied. */
  maxBytes: number;
}

/** Goes on from yield to yield, each a fraction of a millisecond. What is looked at may change in between. */
export type Walk = Generator<void, void, void>;

/** Messages that were looked at. */
export class Collector {
  readonly messages: PeekedMessage[] = [];
  readonly #count: number;
  readonly #maxBytes: number;
  #bytes = 0;

  constructor({ count, maxBytes }: PeekRequest) {
    this.#count = count;
    this.#maxBytes = maxBytes;
  }

  /** Whether no more are wanted. */
  get full(): boolean {
    return this.messages.length >= this.#count || this.#bytes >= MAX_TOTAL_BYTES;
  }

  /** Adds a copy of the record (see wire/record.ts) `bytes[start, end)`. */
  add(bytes: Uint8Array, start: number, end: number, state: PeekedState): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const body = bytes.slice(
      start + BODY_OFFSET,
      Math.min(end, start + BODY_OFFSET + this.#maxBytes),
    );
    this.#bytes += body.length;
    this.messages.push({
      id: messageIdString(bytes, start + ID_OFFSET),
      publishedNs: view.getBigUint64(start + TIMESTAMP_OFFSET),
      size: end - start - BODY_OFFSET,
      body,
      ...state,
    });
  }

  addDead({ id, publishedNs, body, ...death }: DeadMessage): void {
    const kept = body.slice(0, this.#maxBytes);
    this.#bytes += kept.length;
    this.messages.push({
      id,
      publishedNs,
      size: body.length,
      body: kept,
      attempts: death.attempts,
      death,
    });
  }

  /** As {@link add}, of a record as it stands on disk: it lacks the frame type. */
  addFromDisk(bytes: Uint8Array, start: number, end: number, state: PeekedState): void {
    this.add(bytes, start - DISK_SAVING_BYTES, end, state);
  }
}
