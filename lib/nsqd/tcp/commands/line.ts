import { ErrorCode, FatalClientError } from "../../../wire/errors.ts";

const SPACE = 0x20;
const CR = 0x0d;

/** A command line, cut into its parameters at single spaces: parameter 0 is the command's name. Reused for every line. */
export class CommandLine {
  bytes: Uint8Array = new Uint8Array(0);
  count = 0;
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  /** Takes the line `bytes[start, end)`, its newline left out. A carriage return at its end does not count. */
  set(bytes: Uint8Array, start: number, end: number): void {
    if (end > start && bytes[end - 1] === CR) end--;
    this.bytes = bytes;
    this.count = 0;
    for (let at = start; at <= end; at++) {
      if (at < end && bytes[at] !== SPACE) continue;
      this.#starts[this.count] = start;
      this.#ends[this.count++] = at;
      start = at + 1;
    }
  }

  /** Where parameter `i` begins. */
  start(i: number): number {
    return this.#starts[i]!;
  }

  /** Where parameter `i` ends. */
  end(i: number): number {
    return this.#ends[i]!;
  }

  /** The bytes of parameter `i`; valid until the next line. */
  param(i: number): Uint8Array {
    return this.bytes.subarray(this.#starts[i]!, this.#ends[i]!);
  }

  /** Parameter `i`, one character per byte. */
  text(i: number): string {
    let text = "";
    for (let at = this.#starts[i]!; at < this.#ends[i]!; at++) {
      text += String.fromCharCode(this.bytes[at]!);
    }
    return text;
  }

  /** @throws FatalClientError with `text` unless there are `count` parameters, the command's name included */
  require(count: number, text: string): void {
    if (this.count < count) throw invalid(text);
  }
}

/** A command that cannot be carried out in this state or with these parameters. */
export function invalid(text: string): FatalClientError {
  return new FatalClientError(ErrorCode.Invalid, text);
}
