import type { OutputBuffer } from "../../wire/output_buffer.ts";
import { type PublishAttempt, PublishError } from "./error.ts";

/** Capacity that a batch starts with, and how it grows. */
const FIRST_BYTES = 1024;
const GROWTH = 4;

const SIZE_BYTES = 4;

/** UTF-8 has at most so many bytes for each UTF-16 unit. */
const MAX_BYTES_PER_UNIT = 3;

const encoder = new TextEncoder();

/** What an nsqd has acknowledged. */
export interface PublishReceipt {
  /** Address of the nsqd that has the message. */
  readonly nsqd: string;
  /** 1 when the first attempt succeeded. With more, an earlier nsqd may have the message as well. */
  readonly attempts: number;
}

/**
 * Messages of one topic that are sent as one command, and fail or succeed together. They are kept as MPUB has them,
 * `(size int32 | body) × count`, which for one message is what PUB and DPUB have too.
 */
export class Batch {
  /** Messages in it. */
  count = 0;
  /** Bytes in it. */
  length = 0;
  /** Sends, and rounds in which no nsqd could be reached. */
  tries = 0;
  /** Nsqds, and what went wrong there. */
  readonly attempts: PublishAttempt[] = [];
  /** When it was last sent, ms. */
  sentMs = 0;

  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  readonly #resolve: ((receipt: PublishReceipt) => void)[] = [];
  readonly #reject: ((error: PublishError) => void)[] = [];

  /**
   * @param delayMs of DPUB; -1 for a message that is due at once
   * @param isOneUnit all or nothing, as the caller has asked for: never taken apart
   * @param createdMs by the producer's clock
   * @param key of its one message; empty for none
   */
  constructor(
    readonly topic: string,
    readonly delayMs: number,
    readonly isOneUnit: boolean,
    readonly createdMs: number,
    readonly key = "",
  ) {}

  /** Bytes of its messages alone. */
  get bodyBytes(): number {
    return this.length - SIZE_BYTES * this.count;
  }

  /** Adds a copy of a message. @returns the bytes of its body */
  add(body: Uint8Array | string): number {
    return typeof body === "string" ? this.#addText(body) : this.#addBytes(body);
  }

  /** Resolves or rejects with the batch. Called once for each message, or once for a batch that is one unit. */
  settled(): Promise<PublishReceipt> {
    return new Promise((resolve, reject) => {
      this.#resolve.push(resolve);
      this.#reject.push(reject);
    });
  }

  acknowledge(nsqd: string): void {
    const receipt: PublishReceipt = { nsqd, attempts: this.tries };
    for (const resolve of this.#resolve) resolve(receipt);
  }

  /** Tells every caller that the publish failed, and how. */
  fail(what: string): void {
    for (const reject of this.#reject) reject(new PublishError(what, this.attempts));
  }

  /** One batch for each message, as if this one had not been sent the last time. */
  split(): Batch[] {
    const parts: Batch[] = [];
    for (let at = 0, i = 0; i < this.count; i++) {
      const end = at + SIZE_BYTES + this.#view.getInt32(at);
      const part = new Batch(this.topic, this.delayMs, this.isOneUnit, this.createdMs);
      part.add(this.#bytes.subarray(at + SIZE_BYTES, end));
      part.#resolve.push(this.#resolve[i]!);
      part.#reject.push(this.#reject[i]!);
      part.attempts.push(...this.attempts);
      part.tries = this.tries - 1;
      parts.push(part);
      at = end;
    }
    return parts;
  }

  /** Adds the command to what a connection sends. */
  writeTo(output: OutputBuffer): void {
    const isMany = this.count > 1;
    const line = this.#line(isMany);
    const headerBytes = line.length + (isMany ? 2 * SIZE_BYTES : 0);
    let at = output.reserve(headerBytes + this.length);
    const { bytes, view } = output;
    for (let i = 0; i < line.length; i++) bytes[at++] = line.charCodeAt(i);
    if (isMany) {
      view.setInt32(at, SIZE_BYTES + this.length);
      view.setInt32(at + SIZE_BYTES, this.count);
      at += 2 * SIZE_BYTES;
    }
    bytes.set(this.#bytes.subarray(0, this.length), at);
    output.length = at + this.length;
  }

  #line(isMany: boolean): string {
    const key = this.key === "" ? "" : ` ${latin1(this.key)}`;
    if (this.delayMs >= 0) return `DPUB ${this.topic} ${this.delayMs}${key}\n`;
    return `${isMany ? "MPUB" : "PUB"} ${this.topic}${key}\n`;
  }

  #addBytes(body: Uint8Array): number {
    this.#reserve(body.length);
    this.#bytes.set(body, this.length + SIZE_BYTES);
    return this.#added(body.length);
  }

  #addText(body: string): number {
    this.#reserve(MAX_BYTES_PER_UNIT * body.length);
    const room = this.#bytes.subarray(this.length + SIZE_BYTES);
    return this.#added(encoder.encodeInto(body, room).written);
  }

  #added(bodyBytes: number): number {
    this.#view.setInt32(this.length, bodyBytes);
    this.length += SIZE_BYTES + bodyBytes;
    this.count++;
    return bodyBytes;
  }

  #reserve(bodyBytes: number): void {
    const needed = this.length + SIZE_BYTES + bodyBytes;
    if (needed <= this.#bytes.length) return;
    const bytes = new Uint8Array(Math.max(GROWTH * this.#bytes.length, needed));
    bytes.set(this.#bytes.subarray(0, this.length));
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}

/** UTF-8, one character a byte, as lines are written. */
function latin1(text: string): string {
  return String.fromCharCode(...encoder.encode(text));
}
