/**
 * The body of MPUB, over TCP and over HTTP:
 *
 *     count int32 | (size int32 | body) × count
 *
 * Source: https://nsq.io/clients/tcp_protocol_spec.html#mpub
 * @module
 */
import { ErrorCode, FatalClientError } from "./errors.ts";

const LENGTH_BYTES = 4;

/** A message takes at least its length and one byte. */
const MIN_MESSAGE_BYTES = LENGTH_BYTES + 1;

const FIRST_SPANS = 64;

/** Checks an MPUB body as it arrives and notes where its messages stand. One scanner serves one body after the other. */
export class MpubScanner {
  /** Messages found. */
  count = 0;
  /** Where they stand: message `i` is `[spans[2i], spans[2i + 1])`, counted from the body's beginning. */
  spans = new Int32Array(2 * FIRST_SPANS);
  /** Bytes looked at. */
  length = 0;

  /** Messages announced; -1 before that was read. */
  #announced = -1;
  readonly #maxMessageBytes: number;
  readonly #maxBodyBytes: number;

  constructor(maxMessageBytes: number, maxBodyBytes: number) {
    this.#maxMessageBytes = maxMessageBytes;
    this.#maxBodyBytes = maxBodyBytes;
  }

  /** Begins a new body. */
  reset(): void {
    this.count = this.length = 0;
    this.#announced = -1;
  }

  /**
   * Goes on with the body that begins at `view[at]`, of which `available` bytes are there.
   * @returns whether it is complete
   * @throws FatalClientError as soon as something cannot be right
   */
  scan(view: DataView, at: number, available: number): boolean {
    if (this.#announced < 0) {
      if (available < LENGTH_BYTES) return false;
      this.#announced = this.#checkCount(view.getInt32(at));
      this.length = LENGTH_BYTES;
    }
    let position = this.length;
    while (this.count < this.#announced) {
      if (available - position < LENGTH_BYTES) break;
      const size = this.#checkSize(view.getInt32(at + position), position);
      if (available - position - LENGTH_BYTES < size) break;
      if (2 * this.count === this.spans.length) this.#growSpans();
      this.spans[2 * this.count] = position += LENGTH_BYTES;
      this.spans[2 * this.count + 1] = position += size;
      this.count++;
    }
    this.length = position;
    return this.count === this.#announced;
  }

  /** The error for a body that ended after `available` bytes. */
  truncated(available: number): FatalClientError {
    if (this.#announced < 0) {
      return new FatalClientError(ErrorCode.BadBody, "MPUB failed to read message count");
    }
    const text = available - this.length < LENGTH_BYTES
      ? `MPUB failed to read message(${this.count}) body size`
      : "MPUB failed to read message body";
    return new FatalClientError(ErrorCode.BadMessage, text);
  }

  #checkCount(count: number): number {
    const most = Math.floor((this.#maxBodyBytes - LENGTH_BYTES) / MIN_MESSAGE_BYTES);
    if (count <= 0 || count > most) {
      throw new FatalClientError(ErrorCode.BadBody, `MPUB invalid message count ${count}`);
    }
    return count;
  }

  #checkSize(size: number, position: number): number {
    if (size <= 0) {
      const text = `MPUB invalid message(${this.count}) body size ${size}`;
      throw new FatalClientError(ErrorCode.BadMessage, text);
    }
    if (size > this.#maxMessageBytes) {
      const text = `MPUB message too big ${size} > ${this.#maxMessageBytes}`;
      throw new FatalClientError(ErrorCode.BadMessage, text);
    }
    // The messages, not the size that was announced for them, say how long the body is; this bounds what is kept of it.
    const total = position + LENGTH_BYTES + size;
    if (total > this.#maxBodyBytes) {
      const text = `MPUB body too big ${total} > ${this.#maxBodyBytes}`;
      throw new FatalClientError(ErrorCode.BadBody, text);
    }
    return size;
  }

  #growSpans(): void {
    const spans = new Int32Array(2 * this.spans.length);
    spans.set(this.spans);
    this.spans = spans;
  }
}
