import type { Readable, Writable } from "node:stream";

const NOTHING = new Uint8Array(0);

/** Reads one of node's streams (a TLS socket, zlib) on demand: nothing flows that is not asked for. */
export class NodeReadable {
  readonly #readable: Readable;
  /** Handed over by the stream, not yet taken. */
  #rest: Uint8Array = NOTHING;
  #ended = false;
  #error: Error | null = null;
  #wake: (() => void) | null = null;

  constructor(readable: Readable) {
    this.#readable = readable;
    const end = () => {
      this.#ended = true;
      this.notify();
    };
    readable.on("readable", () => this.notify());
    readable.on("end", end);
    readable.on("close", end);
    readable.on("error", (error: Error) => {
      this.#error = error;
      this.notify();
    });
  }

  /** Copies what is there to `into`: the count, 0 if nothing is there yet, null at the end. @throws what broke the stream */
  take(into: Uint8Array): number | null {
    const rest = this.takePiece();
    if (rest === null) return null;
    const count = Math.min(rest.length, into.length);
    if (count < rest.length) this.#rest = rest.subarray(count);
    into.set(count < rest.length ? rest.subarray(0, count) : rest);
    return count;
  }

  /** Hands over what is there, as the stream made it: empty if nothing is there yet, null at the end. @throws as {@link take} */
  takePiece(): Uint8Array | null {
    const piece: Uint8Array = this.#rest.length > 0 ? this.#rest : this.#readable.read() ?? NOTHING;
    this.#rest = NOTHING;
    if (piece.length > 0) return piece;
    if (this.#error !== null) throw this.#error;
    return this.#ended ? null : NOTHING;
  }

  /** As {@link take}, when something is there. */
  async read(into: Uint8Array): Promise<number | null> {
    for (;;) {
      const count = this.take(into);
      if (count !== 0) return count;
      await this.changed();
    }
  }

  /** Resolves when it may be worth to call {@link take} again. */
  changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Ends the wait for a change. */
  notify(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}

/** Writes all of `bytes`. @returns how many, when they have gone out */
export function writeToNode(writable: Writable, bytes: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    writable.write(bytes, (error) => error ? reject(error) : resolve(bytes.length));
  });
}
