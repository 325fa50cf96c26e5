import { MAX_ENTRY_BYTES } from "../entries.ts";
import type { RingWriter } from "../ring.ts";
import { PART } from "./entries.ts";

const NONE = new Uint8Array(0);

/** A way to another thread. */
export interface RingLink {
  readonly ring: RingWriter;
  /** `resume` is called when the ring has room again. */
  whenRoom(resume: () => void): void;
}

interface Waiting {
  readonly kind: number;
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** Entries about exchanges on their way to another thread, in order: what does not fit into the ring waits here, and all that comes after it. */
export class Outbox {
  readonly #link: RingLink;
  #waiting: Waiting[] = [];

  constructor(link: RingLink) {
    this.#link = link;
  }

  /** @param bytes {@link MAX_ENTRY_BYTES} at most; they are copied */
  add(kind: number, number: number, bytes: Uint8Array = NONE): void {
    if (this.#waiting.length > 0 || !this.#put(kind, number, bytes)) {
      this.#wait({ kind, number, bytes: bytes.slice() });
    }
  }

  /** Adds what may take several entries. */
  addLong(kind: number, number: number, bytes: Uint8Array): void {
    let at = 0;
    for (; bytes.length - at > MAX_ENTRY_BYTES; at += MAX_ENTRY_BYTES) {
      this.add(PART, number, bytes.subarray(at, at + MAX_ENTRY_BYTES));
    }
    this.add(kind, number, at === 0 ? bytes : bytes.subarray(at));
  }

  #put(kind: number, number: number, bytes: Uint8Array): boolean {
    const { ring } = this.#link;
    if (ring.room() < bytes.length) return false;
    ring.add(kind, number, bytes, 0, bytes.length);
    ring.publishSoon();
    return true;
  }

  #wait(entry: Waiting): void {
    this.#waiting.push(entry);
    if (this.#waiting.length === 1) this.#link.whenRoom(() => this.#resume());
  }

  #resume(): void {
    const waiting = this.#waiting;
    let sent = 0;
    for (const { kind, number, bytes } of waiting) {
      if (!this.#put(kind, number, bytes)) break;
      sent++;
    }
    this.#waiting = waiting.slice(sent);
    if (this.#waiting.length > 0) this.#link.whenRoom(() => this.#resume());
  }
}
