import type { ByteStream } from "../../lib/wire/byte_stream.ts";
import { InputBuffer } from "../../lib/wire/input_buffer.ts";

const LF = 0x0a;

/** A line without newline that is longer than any may be. */
export class LineTooLongError extends Error {
  override readonly name = "LineTooLongError";

  constructor(maxBytes: number) {
    super(`a line of more than ${maxBytes} bytes`);
  }
}

/** What a connection sends, taken line by line or byte by byte. Holds what was received, never what a size claims. */
export class Input {
  readonly #stream: ByteStream;
  readonly #buffer = new InputBuffer();

  constructor(stream: ByteStream) {
    this.#stream = stream;
  }

  /**
   * The next line without its newline, one character per byte; null when the stream ends first.
   *
   * @throws LineTooLongError
   */
  async line(maxBytes: number): Promise<string | null> {
    const buffer = this.#buffer;
    for (let searched = 0;;) {
      const { start, end } = buffer;
      const lf = buffer.bytes.subarray(start, end).indexOf(LF, searched);
      const length = lf < 0 ? end - start : lf;
      if (length > maxBytes) throw new LineTooLongError(maxBytes);
      if (lf >= 0) {
        buffer.start += length + 1;
        return latin1(buffer.bytes.subarray(start, start + length));
      }
      searched = length;
      if (!await this.#read()) return null;
    }
  }

  /** The next `count` bytes, valid until the next call; null when the stream ends first. */
  async bytes(count: number): Promise<Uint8Array | null> {
    const buffer = this.#buffer;
    while (buffer.end - buffer.start < count) if (!await this.#read()) return null;
    const start = buffer.start;
    buffer.start += count;
    return buffer.bytes.subarray(start, start + count);
  }

  /** Reads and forgets everything up to the end of the stream. */
  async discardRest(): Promise<void> {
    do this.#buffer.start = this.#buffer.end; while (await this.#read());
  }

  async #read(): Promise<boolean> {
    const count = await this.#stream.read(this.#buffer.room());
    if (count !== null) this.#buffer.received(count);
    return count !== null;
  }
}

/** Bytes as text with one character per byte. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
