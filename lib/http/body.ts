import { HttpError } from "./http_error.ts";
import type { HttpRequest } from "./request.ts";

/**
 * How much of an unwanted body is read and forgotten. A client that is still sending when its
 * connection is closed may never see the answer.
 */
const MAX_DISCARDED_BYTES = 8 * 1024 * 1024;

/** Who has sent nothing for so long waits for the answer first. */
const DISCARD_PAUSE_MS = 500;

/** Requests whose body has more than what was read: nothing on their connection can be found behind it. */
const cutOff = new WeakSet<HttpRequest>();

/**
 * A body that is read as a whole, which is fastest, takes as much memory at once as its Content-Length promises. All that
 * are under way may have promised this much; others are read in pieces, into memory that comes with the bytes.
 */
const MAX_PROMISED_BYTES = 64 * 1024 * 1024;

/** A body this short is read as a whole whatever others have promised: a piece takes no less. */
const SHORT_BYTES = 64 * 1024;

/** Of the bodies that are being read as a whole now. */
let promisedBytes = 0;

/**
 * Reads a request's body, of which no more than `limitBytes` and one is ever kept, whatever its
 * Content-Length says and whether or not it is chunked. Memory follows what was received, not what
 * was promised, nor in how small pieces it comes.
 *
 * @param declared what {@link contentLength} says, for who has asked
 * @returns the body, cut off after `limitBytes + 1` bytes: a longer result than `limitBytes` means
 *   that the body is too long
 * @throws HttpError 400 when it does not come to its end: the connection fails, or a chunk is malformed
 */
export function readBody(
  request: HttpRequest,
  limitBytes: number,
  declared = contentLength(request),
): Promise<Uint8Array> {
  return declared !== undefined && declared <= limitBytes && mayPromise(declared)
    ? readPromised(request, declared)
    : readPieces(request, limitBytes, declared);
}

/** Whether the body was read to its end. */
export function isRead(request: HttpRequest): boolean {
  return request.bodyUsed && !cutOff.has(request);
}

/**
 * Reads and forgets the body of a request whose handler did not look at it, so that the next
 * request on the connection is found behind it. A client that waits for `100 Continue` is not
 * asked for its body.
 *
 * @returns false when the body was not read to its end: the connection cannot be used again
 */
export async function discardBody(request: HttpRequest): Promise<boolean> {
  if (cutOff.has(request)) return false;
  const isBodiless = !request.headers.has("transfer-encoding") &&
    (contentLength(request) ?? 0) === 0;
  if (isBodiless || request.bodyUsed || request.body === null) return true;
  if (request.headers.has("expect")) return false;
  try {
    return await discard(request.body.getReader());
  } catch {
    // The client has gone away, and its connection with it.
    return false;
  }
}

/**
 * The size of the body that the Content-Length promises; undefined when there is none, or when
 * it does not count because the body is chunked.
 */
export function contentLength(request: HttpRequest): number | undefined {
  const header = request.headers.get("content-length");
  if (header === null || request.headers.has("transfer-encoding")) return undefined;
  return Number(header);
}

function mayPromise(bytes: number): boolean {
  return bytes <= SHORT_BYTES || promisedBytes + bytes <= MAX_PROMISED_BYTES;
}

async function readPromised(request: HttpRequest, declaredBytes: number): Promise<Uint8Array> {
  promisedBytes += declaredBytes;
  try {
    return await request.bytes();
  } catch (error) {
    throw notReceived(error);
  } finally {
    promisedBytes -= declaredBytes;
  }
}

async function readPieces(
  request: HttpRequest,
  limitBytes: number,
  declared: number | undefined,
): Promise<Uint8Array> {
  const { body } = request;
  if (body === null) return new Uint8Array(0);
  try {
    if (declared === undefined || declared <= limitBytes) {
      return await readStart(request, body, limitBytes + 1);
    }
    if (!await discard(body.getReader())) cutOff.add(request);
    return new Uint8Array(limitBytes + 1);
  } catch (error) {
    throw notReceived(error);
  }
}

function notReceived(cause: unknown): HttpError {
  return new HttpError(400, "the body ends too early or is not well chunked", { cause });
}

async function readStart(
  request: HttpRequest,
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array> {
  let kept = new Uint8Array(0);
  let sizeBytes = 0;
  const reader = stream.getReader();
  while (sizeBytes < maxBytes) {
    const { done, value } = await reader.read();
    if (done) return trimmed(kept, sizeBytes);
    const piece = value.subarray(0, maxBytes - sizeBytes);
    const neededBytes = sizeBytes + piece.length;
    // A copy: a piece of a byte keeps a whole buffer of the runtime's alive.
    if (neededBytes > kept.length) kept = resized(kept, Math.max(neededBytes, 2 * kept.length));
    kept.set(piece, sizeBytes);
    sizeBytes = neededBytes;
  }
  if (!await discard(reader)) cutOff.add(request);
  return trimmed(kept, sizeBytes);
}

function trimmed(bytes: Uint8Array<ArrayBuffer>, sizeBytes: number): Uint8Array {
  return bytes.length === sizeBytes ? bytes : resized(bytes, sizeBytes);
}

/** The bytes in a buffer of another size. They are no longer where they were. */
function resized(bytes: Uint8Array<ArrayBuffer>, sizeBytes: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes.buffer.transfer(sizeBytes));
}

/** Whether the stream came to its end within the bounds. */
async function discard(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<boolean> {
  for (let sizeBytes = 0; sizeBytes <= MAX_DISCARDED_BYTES;) {
    const piece = await readSoon(reader);
    if (piece === undefined) break;
    if (piece.done) return true;
    sizeBytes += piece.value.length;
  }
  await reader.cancel();
  return false;
}

/** undefined when nothing comes for {@link DISCARD_PAUSE_MS}. */
async function readSoon(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<ReadableStreamReadResult<Uint8Array> | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const pause = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), DISCARD_PAUSE_MS);
  });
  try {
    return await Promise.race([reader.read(), pause]);
  } finally {
    clearTimeout(timer);
  }
}
