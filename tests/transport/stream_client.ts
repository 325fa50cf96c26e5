/** The start of a V2 connection that is to be upgraded, byte for byte, and what is read from it. */
import { equal, fail } from "../harness/assert.ts";
import { concat, int32, MAGIC, sized, text } from "../harness/mod.ts";

/** What reads and writes: a socket before and after its upgrade. */
export interface Stream {
  read(into: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  close(): void;
}

/** Answers to IDENTIFY that concern the transport. */
export interface Negotiated {
  tls_v1: boolean;
  snappy: boolean;
  deflate: boolean;
  deflate_level: number;
}

/** The bytes of IDENTIFY with features negotiated. */
export function identify(wishes: Record<string, unknown>): Uint8Array<ArrayBuffer> {
  return concat("IDENTIFY\n", sized(JSON.stringify({ feature_negotiation: true, ...wishes })));
}

/** Connects and sends the magic and IDENTIFY. */
export async function connectIdentified(
  port: number,
  wishes: Record<string, unknown>,
): Promise<{ conn: Deno.TcpConn; answer: Negotiated }> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await send(conn, concat(MAGIC, identify(wishes)));
  return { conn, answer: JSON.parse(text((await readFrame(conn)).data)) };
}

/** Sends all of `bytes`. */
export async function send(stream: Stream, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await stream.write(rest));
}

/** Reads one frame, and no byte more. */
export async function readFrame(stream: Stream): Promise<{ type: number; data: Uint8Array }> {
  const head = await readExactly(stream, 8);
  const view = new DataView(head.buffer);
  return { type: view.getInt32(4), data: await readExactly(stream, view.getInt32(0) - 4) };
}

/** The next frame is the response OK. */
export async function expectOk(stream: Stream): Promise<void> {
  const { type, data } = await readFrame(stream);
  equal(`${type} ${text(data)}`, "0 OK");
}

/** The server ends the connection, by its end or by a reset; what comes before does not matter. */
export async function expectEnd(stream: Stream): Promise<void> {
  const buffer = new Uint8Array(4096);
  try {
    while (await stream.read(buffer) !== null);
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
  }
}

/** The bytes of a PUB. */
export function pub(topic: string, body: string): Uint8Array<ArrayBuffer> {
  return concat(`PUB ${topic}\n`, int32(body.length), body);
}

async function readExactly(stream: Stream, count: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count;) {
    at += await stream.read(bytes.subarray(at)) ?? fail("the connection ended inside a frame");
  }
  return bytes;
}
