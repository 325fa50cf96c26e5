import { HttpError } from "../../http/http_error.ts";

/** Where the bodies of a batch lie in the bytes that were sent. */
export interface Batch {
  /** A start and an end for each body. */
  spans: Int32Array;
  count: number;
}

/** Limits on a batch, in bytes. */
export interface BatchLimits {
  maxMsgSizeBytes: number;
  maxBodySizeBytes: number;
}

const NEWLINE = 0x0a;
const LENGTH_BYTES = 4;
/** A length and a body of one byte. */
const SMALLEST_ENTRY_BYTES = LENGTH_BYTES + 1;
const INITIAL_SPANS = 64;

/**
 * Finds the bodies in text: one a line, empty lines left out.
 *
 * @param lines what was received, cut off after `maxBodySizeBytes + 1`
 * @throws HttpError 413 MSG_TOO_BIG or BODY_TOO_BIG, whichever comes first in the text
 */
export function linesBatch(lines: Uint8Array, limits: BatchLimits): Batch {
  let spans = new Int32Array(INITIAL_SPANS);
  let count = 0;
  for (let start = 0; start < lines.length;) {
    const newline = lines.indexOf(NEWLINE, start);
    const end = newline < 0 ? lines.length : newline;
    const next = newline < 0 ? lines.length : newline + 1;
    if (next > limits.maxBodySizeBytes) throw new HttpError(413, "BODY_TOO_BIG");
    if (end - start > limits.maxMsgSizeBytes) throw new HttpError(413, "MSG_TOO_BIG");
    if (end > start) {
      if (2 * count === spans.length) spans = grown(spans);
      spans[2 * count] = start;
      spans[2 * count + 1] = end;
      count++;
    }
    start = next;
  }
  return { spans, count };
}

/**
 * Finds the bodies in MPUB's binary form: a count, then for each body its size and itself, all
 * sizes int32 big-endian. What follows the last body is ignored.
 *
 * @throws HttpError 413 BAD_BODY for a bad count, 413 BAD_MESSAGE for a bad or missing body
 */
export function binaryBatch(body: Uint8Array, limits: BatchLimits): Batch {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  if (body.length < LENGTH_BYTES) throw new HttpError(413, "BAD_BODY");
  const count = view.getInt32(0);
  const maxCount = Math.floor((limits.maxBodySizeBytes - LENGTH_BYTES) / SMALLEST_ENTRY_BYTES);
  if (count <= 0 || count > maxCount) throw new HttpError(413, "BAD_BODY");
  // A count that lies shall not make this allocate more than was received.
  if (count > (body.length - LENGTH_BYTES) / SMALLEST_ENTRY_BYTES) {
    throw new HttpError(413, "BAD_MESSAGE");
  }
  const spans = new Int32Array(2 * count);
  let at = LENGTH_BYTES;
  for (let index = 0; index < count; index++) {
    const start = at + LENGTH_BYTES;
    if (start > body.length) throw new HttpError(413, "BAD_MESSAGE");
    const sizeBytes = view.getInt32(at);
    const end = start + sizeBytes;
    if (sizeBytes <= 0 || sizeBytes > limits.maxMsgSizeBytes || end > body.length) {
      throw new HttpError(413, "BAD_MESSAGE");
    }
    spans[2 * index] = start;
    spans[2 * index + 1] = end;
    at = end;
  }
  return { spans, count };
}

function grown(spans: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * spans.length);
  larger.set(spans);
  return larger;
}
