/** Publishes messages that are deferred: the load generator knows none. */

import { WorkloadFailure } from "./failure.ts";

const SENT_AHEAD = 500;
const OK_FRAME_BYTES = 10;
const BODY_SIZE_BYTES = 4;

/** DPUB of `count` messages to `topic`, on one connection that sends ahead of its OKs. @param address HOST:PORT */
export async function publishDeferred(
  address: string,
  topic: string,
  count: number,
  sizeBytes: number,
  delayMs: number,
): Promise<void> {
  const [hostname = "", port] = address.split(":");
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const command = new TextEncoder().encode(`DPUB ${topic} ${delayMs}\n`);
  const frame = new Uint8Array(command.length + BODY_SIZE_BYTES + sizeBytes).fill(120);
  frame.set(command);
  new DataView(frame.buffer).setUint32(command.length, sizeBytes);
  const group = new Uint8Array(frame.length * SENT_AHEAD);
  for (let i = 0; i < SENT_AHEAD; i++) group.set(frame, i * frame.length);
  await writeAll(connection, new TextEncoder().encode("  V2"));
  const answers = new Uint8Array(SENT_AHEAD * OK_FRAME_BYTES);
  for (let left = count; left > 0; left -= SENT_AHEAD) {
    const now = Math.min(left, SENT_AHEAD);
    await writeAll(connection, group.subarray(0, now * frame.length));
    for (let at = 0; at < now * OK_FRAME_BYTES;) {
      const read = await connection.read(answers.subarray(at, now * OK_FRAME_BYTES));
      if (read === null) throw new WorkloadFailure("the broker closed the connection");
      at += read;
    }
    const last = new TextDecoder().decode(
      answers.subarray(now * OK_FRAME_BYTES - 2).subarray(0, 2),
    );
    if (last !== "OK") throw new WorkloadFailure(`DPUB was answered ${last}`);
  }
}

async function writeAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}
