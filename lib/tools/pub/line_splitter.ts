/** A piece of input without a delimiter may be so long: no nsqd takes such messages. */
export const MAX_LINE_BYTES = 256 * 1024 * 1024;

const GROWTH = 2;

/** Cuts a stream of bytes into what stands between delimiters. */
export class LineSplitter {
  readonly #delimiter: number;
  /** The beginning of a line whose end is still to come: `#rest[0, #restLength)`. */
  #rest = new Uint8Array(0);
  #restLength = 0;

  /** @param delimiter a byte */
  constructor(delimiter: number) {
    this.#delimiter = delimiter;
  }

  /**
   * The lines that end in the next piece of input. They are views, good until the piece is overwritten or the next call.
   * @throws RangeError when a line is longer than {@link MAX_LINE_BYTES}
   */
  *split(piece: Uint8Array): Generator<Uint8Array> {
    let start = 0;
    for (;;) {
      const end = piece.indexOf(this.#delimiter, start);
      if (end < 0) break;
      yield this.#complete(piece.subarray(start, end));
      start = end + 1;
    }
    this.#keep(piece.subarray(start));
  }

  /** What stands behind the last delimiter; empty when nothing does. */
  end(): Uint8Array {
    return this.#complete(new Uint8Array(0));
  }

  #complete(ending: Uint8Array): Uint8Array {
    if (this.#restLength === 0) return ending;
    this.#keep(ending);
    const line = this.#rest.subarray(0, this.#restLength);
    this.#restLength = 0;
    return line;
  }

  #keep(part: Uint8Array): void {
    const length = this.#restLength + part.length;
    if (length > MAX_LINE_BYTES) {
      throw new RangeError(`no delimiter in ${MAX_LINE_BYTES} bytes of input`);
    }
    if (length > this.#rest.length) {
      const rest = new Uint8Array(GROWTH * length);
      rest.set(this.#rest.subarray(0, this.#restLength));
      this.#rest = rest;
    }
    this.#rest.set(part, this.#restLength);
    this.#restLength = length;
  }
}
