/** How requests and answers stand in entries. */

import { MAX_ENTRY_BYTES } from "../entries.ts";
import { numberAt } from "../ring.ts";

const NONE = new Uint8Array(0);
const encoder = new TextEncoder();

/** Before the head: state or flags, length of the address, the status, length of the head. */
const PREFIX_BYTES = 8;

/** Bodies up to this size share memory: memory of its own takes longer than all else that is done for a request. */
const SMALL_BYTES = 4096;
const CHUNK_BYTES = 64 * 1024;

/** Where requests are put together that are not large. */
const scratch = new Uint8Array(MAX_ENTRY_BYTES);

/**
 * @param state of `BodyState`
 * @param head of `HEAD_LINES`
 * @param address of the client
 * @returns what is valid until the next call only
 */
export function requestBytes(
  state: number,
  head: string,
  address: string,
  body: Uint8Array = NONE,
): Uint8Array {
  const most = bodyAfter(3 * (head.length + address.length)) + body.length;
  const bytes = most <= scratch.length ? scratch : new Uint8Array(most);
  const { written } = encoder.encodeInto(head, bytes.subarray(PREFIX_BYTES));
  const addressAt = PREFIX_BYTES + written;
  const { written: addressBytes } = encoder.encodeInto(address, bytes.subarray(addressAt));
  const bodyAt = bodyAfter(written + addressBytes);
  putPrefix(bytes, state, addressBytes, 0, written);
  bytes.set(body, bodyAt);
  return bytes.subarray(0, bodyAt + body.length);
}

/**
 * @param flags of `AnswerFlag`
 * @param head names and values of the headers, a line each
 */
export function answerBytes(
  flags: number,
  status: number,
  head: string,
  body: Uint8Array,
): Uint8Array {
  const headBytes = encoder.encode(head);
  const bodyAt = bodyAfter(headBytes.length);
  const bytes = new Uint8Array(bodyAt + body.length);
  putPrefix(bytes, flags, 0, status, headBytes.length);
  bytes.set(headBytes, PREFIX_BYTES);
  bytes.set(body, bodyAt);
  return bytes;
}

/** A request as it comes from a thread. */
export interface CodedRequest {
  readonly state: number;
  readonly head: readonly string[];
  readonly address: string;
  readonly body: Uint8Array;
}

/** An answer as it comes from the core. */
export interface CodedAnswer {
  readonly flags: number;
  readonly status: number;
  readonly headers: [string, string][];
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Takes apart what the other thread has put together. */
export class HttpDecoder {
  readonly #decoder = new TextDecoder();
  #scratch = new Uint8Array(1024);
  /** The last head, and what stood in it: most are the same. */
  #lastBytes = NONE;
  #lastHead: readonly string[] = [];
  /** Where small bodies are put, from `#chunkAt` on. */
  #chunk = NONE;
  #chunkAt = 0;

  /** What stands in `bytes[start, end)`, in memory that is shared. */
  text(bytes: Uint8Array, start: number, end: number): string {
    const length = end - start;
    if (length > this.#scratch.length) return this.#decoder.decode(bytes.slice(start, end));
    this.#scratch.set(bytes.subarray(start, end)); // cheaper than memory of its own
    return this.#decoder.decode(this.#scratch.subarray(0, length));
  }

  request(bytes: Uint8Array, start: number, end: number): CodedRequest {
    const headAt = start + PREFIX_BYTES, addressBytes = bytes[start + 1]!;
    const headBytes = numberAt(bytes, start + 4);
    const addressAt = headAt + headBytes;
    const address = this.text(bytes, addressAt, addressAt + addressBytes);
    const body = this.#bodyOf(bytes, start + bodyAfter(headBytes + addressBytes), end);
    return { state: bytes[start]!, head: this.#head(bytes, headAt, headBytes), address, body };
  }

  answer(bytes: Uint8Array, start: number, end: number): CodedAnswer {
    const headAt = start + PREFIX_BYTES;
    const headBytes = numberAt(bytes, start + 4);
    const lines = this.text(bytes, headAt, headAt + headBytes).split("\n");
    const headers: [string, string][] = [];
    for (let i = 0; i + 1 < lines.length; i += 2) headers.push([lines[i]!, lines[i + 1]!]);
    const status = bytes[start + 2]! | bytes[start + 3]! << 8;
    const body = copyOf(bytes, start + bodyAfter(headBytes), end);
    return { flags: bytes[start]!, status, headers, body };
  }

  #head(bytes: Uint8Array, start: number, length: number): readonly string[] {
    if (!startsWith(bytes, start, length, this.#lastBytes)) {
      this.#lastHead = this.text(bytes, start, start + length).split("\n");
      this.#lastBytes = copyOf(bytes, start, start + length);
    }
    return this.#lastHead;
  }

  #bodyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
    const length = end - start;
    if (length > SMALL_BYTES || length <= 0) return copyOf(bytes, start, end);
    if (this.#chunkAt + length > this.#chunk.length) {
      this.#chunk = new Uint8Array(CHUNK_BYTES);
      this.#chunkAt = 0;
    }
    const at = this.#chunkAt;
    this.#chunk.set(bytes.subarray(start, end), at);
    this.#chunkAt = (at + length + 7) & ~7;
    return this.#chunk.subarray(at, at + length);
  }
}

/** In memory of its own. */
export function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(end - start);
  copy.set(bytes.subarray(start, end));
  return copy;
}

/** Whether `bytes[start, start + length)` is `expected`. */
function startsWith(bytes: Uint8Array, start: number, length: number, expected: Uint8Array) {
  if (length !== expected.length) return false;
  for (let i = 0; i < length; i++) if (bytes[start + i] !== expected[i]) return false;
  return true;
}

/** Where a body begins: at a multiple of 8, as it will in memory of its own, because V8 copies such bytes much faster out of memory that is shared. */
function bodyAfter(headBytes: number): number {
  return (PREFIX_BYTES + headBytes + 7) & ~7;
}

function putPrefix(
  bytes: Uint8Array,
  first: number,
  addressBytes: number,
  status: number,
  headBytes: number,
): void {
  bytes[0] = first;
  bytes[1] = addressBytes;
  bytes[2] = status;
  bytes[3] = status >>> 8;
  for (let i = 0; i < 4; i++) bytes[4 + i] = headBytes >>> 8 * i;
}
