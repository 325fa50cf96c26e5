import { joined } from "../../wire/joined.ts";

/** Puts together again what an `Outbox` has taken apart. */
export class Parts {
  readonly #parts = new Map<number, Uint8Array[]>();

  /** Keeps a `PART`. */
  add(number: number, bytes: Uint8Array, start: number, end: number): void {
    const part = bytes.slice(start, end);
    const parts = this.#parts.get(number);
    if (parts === undefined) this.#parts.set(number, [part]);
    else parts.push(part);
  }

  /** All that belongs to an entry with `bytes[start, end)`; null if that is all. */
  take(number: number, bytes: Uint8Array, start: number, end: number): Uint8Array | null {
    if (this.#parts.size === 0) return null;
    const parts = this.#parts.get(number);
    if (parts === undefined) return null;
    this.#parts.delete(number);
    parts.push(bytes.subarray(start, end));
    return joined(parts);
  }
}
