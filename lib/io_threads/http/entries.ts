import { numberAt } from "../ring.ts";

/**
 * What threads tell each other of an exchange over HTTP: a request and its answer. One direction is a {@link RingWriter}'s; the number of an exchange is
 * the thread's own.
 */

/** Kinds of entries from here on are about exchanges; those below, about connections. */
export const FIRST_HTTP_KIND = 64;

/** What the next entry about the exchange begins with: all of it did not fit into one. In both directions. */
export const PART = FIRST_HTTP_KIND;

/** From an I/O thread to the core. */
export const HttpFromThread = {
  /** What {@link requestBytes} makes. */
  Request: 65,
  /** A piece of the body that {@link HttpToThread.WantBody} had asked for. */
  BodyPiece: 66,
  /** There is no more of it. */
  BodyEnd: 67,
  /** It does not come to its end: why, in words. */
  BodyFailed: 68,
  /** The client has taken a piece of the answer, and wants another one. */
  Taken: 69,
  /** The client has gone while it was being answered. */
  Stopped: 70,
  /** The client has gone: see {@link HttpToThread.WatchClient}. */
  Gone: 71,
  /** The answer was handed to the connection: see {@link AnswerFlag.Tell}. */
  Delivered: 72,
  /** It could not be. */
  NotDelivered: 73,
} as const;

/** From the core to an I/O thread. */
export const HttpToThread = {
  /** What {@link answerBytes} makes. */
  Answer: 65,
  /** The answer with {@link AnswerFlag.Keep}, once more. */
  SameAnswer: 66,
  AnswerPiece: 67,
  AnswerEnd: 68,
  /** The answer breaks off, and the connection with it. */
  AnswerFailed: 69,
  /** One piece of the body, please. */
  WantBody: 70,
  /** Nobody wants the rest. */
  DropBody: 71,
  /** Say so if the client goes. */
  WatchClient: 72,
} as const;

/** The bytes of one entry at most: exchanges share a ring. */
export const MAX_ENTRY_BYTES = 128 * 1024;

/** Where the body of a request is. */
export const BodyState = {
  /** In the same entry. */
  Here: 0,
  /** It comes when it is asked for. */
  Asked: 1,
  /** It did not come to its end. */
  Failed: 2,
} as const;

export const AnswerFlag = {
  /** The body comes in pieces; else it is here. */
  Pieces: 1,
  /** There is no body, not even an empty one. */
  NoBody: 2,
  /** Tell whether the answer could be handed to the connection. */
  Tell: 4,
  /** It will be sent again, to others: {@link HttpToThread.SameAnswer}. */
  Keep: 8,
} as const;

/** The headers that cross, each a line of a head. All of them would cost more than the rest of the request. */
export const HEADERS = [
  "host",
  "content-length",
  "transfer-encoding",
  "expect",
  "authorization",
  "accept",
  "user-agent",
] as const;

/** The head of a request, a line each: method, URL, address of the client; the {@link HEADERS}, each with a colon before it if it is there. */
export const HEAD_LINES = { method: 0, url: 1, remoteAddress: 2, headers: 3 } as const;

const NONE = new Uint8Array(0);
const encoder = new TextEncoder();

/** Before the head: {@link BodyState} or {@link AnswerFlag}s, an unused byte, the status, the length of the head. */
const PREFIX_BYTES = 8;

/** Where requests are put together that are not large. */
const scratch = new Uint8Array(MAX_ENTRY_BYTES);

/** @returns what is valid until the next call only */
export function requestBytes(
  state: number,
  head: string,
  body: Uint8Array = NONE,
): Uint8Array {
  const most = bodyAfter(3 * head.length) + body.length;
  const bytes = most <= scratch.length ? scratch : new Uint8Array(most);
  const { written } = encoder.encodeInto(head, bytes.subarray(PREFIX_BYTES));
  const bodyAt = bodyAfter(written);
  putPrefix(bytes, state, 0, written);
  bytes.set(body, bodyAt);
  return bytes.subarray(0, bodyAt + body.length);
}

/** Names and values of the headers are a line each. */
export function answerBytes(
  flags: number,
  status: number,
  head: string,
  body: Uint8Array,
): Uint8Array {
  const headBytes = encoder.encode(head);
  const bodyAt = bodyAfter(headBytes.length);
  const bytes = new Uint8Array(bodyAt + body.length);
  putPrefix(bytes, flags, status, headBytes.length);
  bytes.set(headBytes, PREFIX_BYTES);
  bytes.set(body, bodyAt);
  return bytes;
}

/** Takes apart what the other thread has put together. */
export class HttpDecoder {
  readonly #decoder = new TextDecoder();
  #scratch = new Uint8Array(1024);

  /** What stands in `bytes[start, end)`, in memory that is shared. */
  text(bytes: Uint8Array, start: number, end: number): string {
    const length = end - start;
    if (length > this.#scratch.length) return this.#decoder.decode(bytes.slice(start, end));
    this.#scratch.set(bytes.subarray(start, end)); // cheaper than memory of its own
    return this.#decoder.decode(this.#scratch.subarray(0, length));
  }

  request(bytes: Uint8Array, start: number, end: number): {
    state: number;
    head: string[];
    body: Uint8Array;
  } {
    const headBytes = numberAt(bytes, start + 4);
    const body = copyOf(bytes, start + bodyAfter(headBytes), end);
    return { state: bytes[start]!, head: this.#head(bytes, start, headBytes), body };
  }

  answer(bytes: Uint8Array, start: number, end: number): {
    flags: number;
    status: number;
    headers: [string, string][];
    body: Uint8Array<ArrayBuffer>;
  } {
    const headBytes = numberAt(bytes, start + 4);
    const lines = this.#head(bytes, start, headBytes);
    const headers: [string, string][] = [];
    for (let i = 0; i + 1 < lines.length; i += 2) headers.push([lines[i]!, lines[i + 1]!]);
    const status = bytes[start + 2]! | bytes[start + 3]! << 8;
    const body = copyOf(bytes, start + bodyAfter(headBytes), end);
    return { flags: bytes[start]!, status, headers, body };
  }

  /** Lines of the head. */
  #head(bytes: Uint8Array, start: number, headBytes: number): string[] {
    const at = start + PREFIX_BYTES;
    return this.text(bytes, at, at + headBytes).split("\n");
  }
}

/** In memory of its own. */
export function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(end - start);
  copy.set(bytes.subarray(start, end));
  return copy;
}

/** Where a body begins: at a multiple of 8, as it will in memory of its own, because V8 copies such bytes much faster out of memory that is shared. */
function bodyAfter(headBytes: number): number {
  return (PREFIX_BYTES + headBytes + 7) & ~7;
}

function putPrefix(bytes: Uint8Array, first: number, status: number, headBytes: number): void {
  bytes[0] = first;
  bytes[2] = status;
  bytes[3] = status >>> 8;
  for (let i = 0; i < 4; i++) bytes[4 + i] = headBytes >>> 8 * i;
}
