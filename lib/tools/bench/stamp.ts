/** When and by which run a message was sent, written into its body: `run float64 | sent float64`. */

const STAMP_BYTES = 16;

/** Bytes of the smallest message that has room for a stamp. */
export const MIN_STAMPED_BYTES = STAMP_BYTES;

/** Writes and reads the stamps of one run. */
export class Stamp {
  readonly #run: number;
  readonly #bytes = new Uint8Array(STAMP_BYTES);
  readonly #numbers = new Float64Array(this.#bytes.buffer);

  /** @param run any number that other runs do not have */
  constructor(run: number) {
    this.#run = run;
  }

  /** A message of this size, still without a stamp. */
  body(sizeBytes: number): Uint8Array {
    return new Uint8Array(sizeBytes).fill("x".charCodeAt(0));
  }

  /** Writes a stamp, where there is room. */
  write(body: Uint8Array, sentMs: number): void {
    if (body.length < STAMP_BYTES) return;
    this.#numbers[0] = this.#run;
    this.#numbers[1] = sentMs;
    body.set(this.#bytes);
  }

  /** When the message was sent; undefined when another run, or something else, has sent it. */
  read(body: Uint8Array): number | undefined {
    if (body.length < STAMP_BYTES) return undefined;
    for (let i = 0; i < STAMP_BYTES; i++) this.#bytes[i] = body[i]!;
    return this.#numbers[0] === this.#run ? this.#numbers[1] : undefined;
  }
}
