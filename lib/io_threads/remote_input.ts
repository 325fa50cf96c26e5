import type { StreamReceiver } from "../wire/byte_stream.ts";
import { copyBytes } from "../wire/copy_bytes.ts";
import { type Credit, FIRST_CREDIT_BYTES } from "./credit.ts";

/** Somebody waits for bytes. */
interface Reading {
  readonly into: Uint8Array;
  resolve(count: number | null): void;
  reject(error: Error): void;
}

/** Who sends no more than it has credit for. */
interface CreditedSender {
  /** It may send so many bytes more. */
  giveCredit(bytes: number): void;
}

/** What a thread sends of what it has received from a client: handed on where somebody takes it, else kept. */
export class RemoteInput {
  /** What the thread may still send, and what it has sent that was not taken. */
  #creditBytes = FIRST_CREDIT_BYTES;
  #kept: Uint8Array[] | null = null;
  #receiver: StreamReceiver | null = null;
  #reading: Reading | null = null;
  #ended = false;
  #failure: Error | null = null;

  constructor(private readonly credit: Credit, private readonly sender: CreditedSender) {
    credit.join();
  }

  read(into: Uint8Array): Promise<number | null> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (this.#kept !== null) return Promise.resolve(this.#readKept(into, this.#kept));
    if (this.#ended) return Promise.resolve(null);
    return new Promise((resolve, reject) => this.#reading = { into, resolve, reject });
  }

  pushTo(receiver: StreamReceiver): void {
    for (let piece; (piece = this.#kept?.shift()) !== undefined;) {
      if (this.#kept!.length === 0) this.#kept = null;
      const goesOn = receiver.received(piece, 0, piece.length);
      this.#taken(piece.length);
      if (!goesOn) return;
    }
    if (this.#failure !== null || this.#ended) return receiver.over();
    this.#receiver = receiver;
  }

  /** Takes out what is kept. */
  takeKept(): Uint8Array[] {
    const kept = this.#kept ?? [];
    this.#kept = null;
    for (const { length } of kept) this.#taken(length);
    return kept;
  }

  onData(bytes: Uint8Array, start: number, end: number): void {
    const receiver = this.#receiver, reading = this.#reading;
    if (receiver !== null) {
      if (!receiver.received(bytes, start, end)) this.#receiver = null;
      this.#taken(end - start);
    } else if (reading !== null) {
      const count = Math.min(reading.into.length, end - start);
      copyBytes(bytes, start, start + count, reading.into, 0);
      if (start + count < end) this.#keep(bytes.slice(start + count, end));
      this.#reading = null;
      this.#taken(count);
      reading.resolve(count);
    } else {
      this.#keep(bytes.slice(start, end));
    }
  }

  onEnd(): void {
    this.#ended = true;
    this.#reading?.resolve(null);
    this.#reading = null;
    this.#endPushing();
  }

  /** Nothing comes any more, and nothing of what is kept is of use. */
  fail(error: Error): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    this.#kept = null;
    this.credit.leave(this.#creditBytes);
    this.#reading?.reject(error);
    this.#reading = null;
    this.#endPushing();
  }

  #readKept(into: Uint8Array, kept: Uint8Array[]): number {
    const first = kept[0]!;
    const count = Math.min(first.length, into.length);
    into.set(first.subarray(0, count));
    if (count < first.length) kept[0] = first.subarray(count);
    else if (kept.length === 1) this.#kept = null;
    else kept.shift();
    this.#taken(count);
    return count;
  }

  #keep(piece: Uint8Array): void {
    (this.#kept ??= []).push(piece);
  }

  #taken(bytes: number): void {
    if (this.#failure !== null) return;
    this.#creditBytes -= bytes;
    this.credit.takeBack(bytes);
    if (this.#kept !== null || this.#ended) return;
    const more = this.credit.lend(this.#creditBytes);
    if (more === 0) return;
    this.#creditBytes += more;
    this.sender.giveCredit(more);
  }

  #endPushing(): void {
    const receiver = this.#receiver;
    this.#receiver = null;
    receiver?.over();
  }
}
