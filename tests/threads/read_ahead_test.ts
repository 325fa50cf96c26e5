/** A thread reads before the broker asks for it: what a client sends that does not read its answers. */
import { ok, strictEqual as equal } from "node:assert/strict";
import { Client, concat, MAGIC, nsqdSuite, pause, sized, text } from "../harness/mod.ts";
import { identify, readFrame, send } from "../transport/stream_client.ts";

/** Answered with many times its bytes: the answers soon are more than the broker keeps for a client. */
const IDENTIFY = concat("IDENTIFY\n", sized('{"feature_negotiation":true}'));
/** More of them than there is room for unread answers, the system's buffers included. */
const QUESTIONS = 20_000;

/** Of an answer that is lost by chance, in one of a few tries. */
const TRIES = 20;

/** What is sent at once, until a write takes so long that it is held up. */
const PIECE = concat(...Array.from({ length: 1000 }, () => IDENTIFY));
const HELD_UP_MS = 1000;
/** What the system keeps of both directions is some 10 MB; the broker keeps a credit. */
const FLOOD_LIMIT_BYTES = 64_000_000;
const GROWTH_LIMIT_BYTES = 40_000_000;

async function toEnd(conn: Deno.TcpConn): Promise<Uint8Array> {
  return new Uint8Array(await new Response(conn.readable).arrayBuffer());
}

nsqdSuite(["--io-threads=1"], (test) => {
  test("what a client sends without reading is carried out as it reads, all of it and in order", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    const sent = client.send(
      ...Array.from({ length: QUESTIONS }, () => IDENTIFY),
      "PUB last\n",
      sized("message"),
    );
    for (let i = 0; i < QUESTIONS; i++) {
      const { data } = await client.nextFrame();
      equal(data[0], "{".charCodeAt(0), text(data));
    }
    await client.expectResponse("OK");
    await sent;
  });

  test("a client that floods and does not read is held up, costs little, and others are served", async (nsqd) => {
    using flooding = await Deno.connect({ hostname: "127.0.0.1", port: nsqd.tcpPort });
    const answers = new Uint8Array(64 * 1024);
    using other = await Client.connect(nsqd.tcpPort);
    const beforeBytes = await nsqd.residentBytes();
    await flooding.write(concat("  V2"));
    let sentBytes = 0, isHeldUp = false;
    let write: Promise<number>;
    do {
      ok(sentBytes < FLOOD_LIMIT_BYTES, `${sentBytes} bytes were taken`);
      write = flooding.write(PIECE).then((count) => sentBytes += count);
      isHeldUp = await Promise.race([write.then(() => false), pause(HELD_UP_MS).then(() => true)]);
    } while (!isHeldUp);
    for (let i = 0; i < 100; i++) await other.expectAlive();
    const grownBytes = await nsqd.residentBytes() - beforeBytes;
    ok(grownBytes < GROWTH_LIMIT_BYTES, `grown by ${grownBytes}`);
    write.then(() => isHeldUp = false);
    while (isHeldUp) await flooding.read(answers); // and goes on when it reads
  });

  test("what came before garbage is answered, though the garbage has been read meanwhile", async (nsqd) => {
    const asked = identify({ snappy: true }); // and no snappy, the second time
    for (let i = 0; i < TRIES; i++) {
      using conn = await Deno.connect({ hostname: "127.0.0.1", port: nsqd.tcpPort });
      await send(conn, concat(MAGIC, asked, asked));
      await readFrame(conn);
      const rest = new TextDecoder().decode(await toEnd(conn));
      ok(rest.endsWith("OK"), `${rest.length} bytes`);
    }
  });
});
