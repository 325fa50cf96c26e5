/** Snappy and deflate: what is agreed on, and what of garbage and bombs. Real clients are in libraries_test.ts. */
import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import {
  betterThanReference,
  Client,
  concat,
  MAGIC,
  type Nsqd,
  startNsqd,
} from "../harness/mod.ts";
import {
  connectIdentified,
  expectEnd,
  expectOk,
  identify,
  pub,
  readFrame,
  send,
} from "./stream_client.ts";

/** `sNaPpY` as the stream identifier chunk. */
const SNAPPY_START = concat(Uint8Array.of(0xff, 6, 0, 0), "sNaPpY");
/** The frame OK in an uncompressed chunk behind the identifier: 18 + 10 bytes. */
const SNAPPY_OK_BYTES = SNAPPY_START.length + 8 + 10;
/** What a bomb uncompresses to: far more than the process may keep. */
const BOMB_BYTES = 200_000_000;
const MEMORY_LIMIT_BYTES = 100_000_000;
/** Commands that are sent with the IDENTIFY behind them: more than is read at once. */
const EARLY_COMMANDS = 2000;
const FRAME_OK_BYTES = 10;
const SYNC = { finishFlush: constants.Z_SYNC_FLUSH };

function test(
  name: string,
  flags: readonly string[],
  body: (nsqd: Nsqd) => Promise<void>,
): void {
  Deno.test(name, async () => {
    await using nsqd = await startNsqd({ flags });
    await body(nsqd);
  });
}

async function connectSnappy(nsqd: Nsqd): Promise<Deno.TcpConn> {
  const { conn, answer } = await connectIdentified(nsqd.tcpPort, { snappy: true });
  equal(answer.snappy, true);
  const received = new Uint8Array(SNAPPY_OK_BYTES);
  for (let at = 0; at < received.length;) at += await conn.read(received.subarray(at)) ?? NaN;
  deepEqual(received.subarray(0, SNAPPY_START.length), SNAPPY_START);
  match(new TextDecoder().decode(received), /OK$/);
  return conn;
}

async function connectDeflate(nsqd: Nsqd): Promise<Deno.TcpConn> {
  const { conn, answer } = await connectIdentified(nsqd.tcpPort, { deflate: true });
  equal(answer.deflate, true);
  ok(await conn.read(new Uint8Array(1000)) !== null); // the OK
  return conn;
}

test("IDENTIFY agrees on compression and its level within the limits", [
  "--max-deflate-level=4",
], async (nsqd) => {
  const cases: [Record<string, unknown>, boolean, boolean, number][] = [
    [{ deflate: true, deflate_level: 9 }, true, false, 4],
    [{ deflate: true, deflate_level: 2 }, true, false, 2],
    [{ snappy: true }, false, true, 4],
    [{}, false, false, 4],
  ];
  for (const [wishes, deflate, snappy, level] of cases) {
    const { conn, answer } = await connectIdentified(nsqd.tcpPort, { tls_v1: true, ...wishes });
    const { tls_v1, deflate: deflated, snappy: snappied, deflate_level } = answer;
    deepEqual([tls_v1, deflated, snappied, deflate_level], [false, deflate, snappy, level]);
    conn.close();
  }
});

test("IDENTIFY gives no compression that is switched off", [
  "--snappy=false",
  "--deflate=false",
], async (nsqd) => {
  const wishes = { snappy: true, deflate: true };
  const { conn, answer } = await connectIdentified(nsqd.tcpPort, wishes);
  deepEqual([answer.snappy, answer.deflate], [false, false]);
  conn.close();
});

betterThanReference(
  "compression begins right behind IDENTIFY, whatever was sent before it and at once",
  async () => {
    await using nsqd = await startNsqd();
    using conn = await Deno.connect({ hostname: "127.0.0.1", port: nsqd.tcpPort });
    const early = Array.from({ length: EARLY_COMMANDS }, (_, i) => pub("t", `early ${i}`));
    const late = deflateRawSync(concat(pub("t", "late"), pub("t", "later")), SYNC);
    const sent = send(conn, concat(MAGIC, ...early, identify({ deflate: true }), late));
    for (const _ of early) await expectOk(conn);
    equal(JSON.parse(new TextDecoder().decode((await readFrame(conn)).data)).deflate, true);
    const received = new Uint8Array(1000);
    for (let end = 0, answers = 0; answers < 3 * FRAME_OK_BYTES;) { // of IDENTIFY, and two
      end += await conn.read(received.subarray(end)) ?? NaN;
      answers = inflateRawSync(received.subarray(0, end), SYNC).length;
    }
    await sent;
    equal((await nsqd.topic("t")).message_count, EARLY_COMMANDS + 2);
  },
);

test("IDENTIFY refuses snappy and deflate together", [], async (nsqd) => {
  using client = await Client.connect(nsqd.tcpPort);
  await client.send(identify({ snappy: true, deflate: true }));
  await client.expectFatalError(
    "E_IDENTIFY_FAILED cannot enable both deflate and snappy compression",
  );
});

test("garbage in place of snappy or deflate ends its connection and no other", [], async (nsqd) => {
  using other = await Client.connect(nsqd.tcpPort);
  const garbage = crypto.getRandomValues(new Uint8Array(2000));
  garbage[0] = 7; // in deflate: the last block, of a type that does not exist
  const wrongChecksum = concat(Uint8Array.of(1, 4 + 4, 0, 0, 1, 2, 3, 4), "NOP\n");
  const tooLong = Uint8Array.of(0, 0xff, 0xff, 0xff);
  const inputs: [(nsqd: Nsqd) => Promise<Deno.TcpConn>, Uint8Array][] = [
    [connectSnappy, garbage],
    [connectSnappy, concat(SNAPPY_START, garbage)],
    [connectSnappy, concat(SNAPPY_START, wrongChecksum)],
    [connectSnappy, concat(SNAPPY_START, tooLong)],
    [connectDeflate, garbage],
  ];
  for (const [connect, input] of inputs) {
    const conn = await connect(nsqd);
    await send(conn, input);
    await expectEnd(conn);
    conn.close();
  }
  await nsqd.waitForLog(/failed to read command - snappy: corrupt input \(checksum\)/);
  await other.expectAlive();
});

test("a deflate bomb ends its connection before it takes memory", [], async (nsqd) => {
  const conn = await connectDeflate(nsqd);
  const beforeBytes = await nsqd.residentBytes();
  // A line without end: the limit of a line closes the connection, whatever is still compressed.
  const bomb = deflateRawSync(new Uint8Array(BOMB_BYTES).fill(0x41));
  const sent = send(conn, bomb).catch((error) => {
    if (
      !(error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.ConnectionReset)
    ) {
      throw error;
    }
  });
  await expectEnd(conn);
  await sent;
  conn.close();
  const grownBytes = await nsqd.residentBytes() - beforeBytes;
  ok(grownBytes < MEMORY_LIMIT_BYTES, `grown by ${grownBytes}`);
});
