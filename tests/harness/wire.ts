/** The bytes of the V2 protocol, written from its description and apart from the project's own code. */

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What may be sent: bytes as they are, or text as UTF-8. */
export type Chunk = Uint8Array | string;

/** The four bytes that open a connection. */
export const MAGIC = "  V2";

/** Number in the second field of a frame. */
export const FRAME_RESPONSE = 0;
export const FRAME_ERROR = 1;
export const FRAME_MESSAGE = 2;

/** One frame from the server. */
export interface Frame {
  readonly type: number;
  readonly data: Uint8Array;
}

/** A delivered message, or a record on disk: they have the same layout. */
export interface Message {
  readonly timestampNs: bigint;
  readonly attempts: number;
  /** 16 hexadecimal characters. */
  readonly id: string;
  readonly body: string;
}

/** `chunks` one after the other. */
export function concat(...chunks: Chunk[]): Uint8Array<ArrayBuffer> {
  const parts = chunks.map((chunk) => typeof chunk === "string" ? encoder.encode(chunk) : chunk);
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let position = 0;
  for (const part of parts) {
    whole.set(part, position);
    position += part.length;
  }
  return whole;
}

/** `bytes` as text. */
export function text(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** `value` as four bytes, big-endian, signed. */
export function int32(value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value);
  return bytes;
}

/** `body` with its size in front. */
export function sized(body: Chunk): Uint8Array<ArrayBuffer> {
  const bytes = concat(body);
  return concat(int32(bytes.length), bytes);
}

/** The body of MPUB: count, then each message with its size. */
export function messageBatch(bodies: readonly Chunk[]): Uint8Array<ArrayBuffer> {
  return concat(int32(bodies.length), ...bodies.map((body) => sized(body)));
}

/** The layout of a message in a frame and on disk: timestamp, attempts, id, body. */
export function encodeMessage(message: Message): Uint8Array<ArrayBuffer> {
  const head = new Uint8Array(10);
  const view = new DataView(head.buffer);
  view.setBigInt64(0, message.timestampNs);
  view.setUint16(8, message.attempts);
  return concat(head, message.id, message.body);
}

/** The inverse of `encodeMessage`. */
export function decodeMessage(bytes: Uint8Array): Message {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    timestampNs: view.getBigInt64(0),
    attempts: view.getUint16(8),
    id: text(bytes.subarray(10, 26)),
    body: text(bytes.subarray(26)),
  };
}
