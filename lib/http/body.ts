import { HttpError } from "./http_error.ts";

/**
 * How much of an unwanted body is read and forgotten. A client that is still sending when its
 * connection is closed may never see the answer.
 */
const MAX_DISCARDED_BYTES = 8 * 1024 * 1024;

/**
 * Reads a request's body, of which no more than `limitBytes` and one is ever kept, whatever its
 * Content-Length says and whether or not it is chunked.
 *
 * @returns the body, cut off after `limitBytes + 1` bytes: a longer result than `limitBytes` means
 *   that the body is too long
 * @throws HttpError 500 INTERNAL_ERROR when the connection fails before the end
 */
export async function readBody(request: Request, limitBytes: number): Promise<Uint8Array> {
  const declared = contentLength(request);
  if (request.body === null) return new Uint8Array(0);
  try {
    if (declared !== undefined && declared <= limitBytes) return await request.bytes();
    return await readStart(request.body, limitBytes + 1);
  } catch (error) {
    throw new HttpError(500, "INTERNAL_ERROR", { cause: error });
  }
}

/**
 * Reads and forgets the body of a request whose handler did not look at it, so that the next
 * request on the connection is found behind it. A client that waits for `100 Continue` is not
 * asked for its body.
 *
 * @returns false when the body was not read to its end: the connection cannot be used again
 */
export async function discardBody(request: Request): Promise<boolean> {
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
export function contentLength(request: Request): number | undefined {
  const header = request.headers.get("content-length");
  if (header === null || request.headers.has("transfer-encoding")) return undefined;
  return Number(header);
}

async function readStart(
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  const reader = stream.getReader();
  while (sizeBytes < maxBytes) {
    const { done, value } = await reader.read();
    if (done) return concatenate(chunks, sizeBytes);
    const kept = value.subarray(0, maxBytes - sizeBytes);
    chunks.push(kept);
    sizeBytes += kept.length;
  }
  await discard(reader);
  return concatenate(chunks, sizeBytes);
}

/** Whether the stream came to its end within the bound. */
async function discard(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<boolean> {
  for (let sizeBytes = 0; sizeBytes <= MAX_DISCARDED_BYTES;) {
    const { done, value } = await reader.read();
    if (done) return true;
    sizeBytes += value.length;
  }
  await reader.cancel();
  return false;
}

function concatenate(chunks: Uint8Array[], sizeBytes: number): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  const whole = new Uint8Array(sizeBytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
