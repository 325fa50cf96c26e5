/** Clients that fall silent, stop reading, or never begin: only they suffer. */
import { equal, ok } from "../harness/assert.ts";
import {
  Client,
  eventually,
  int32,
  isHeartbeat,
  nsqdSuite,
  sized,
  topicName,
} from "../harness/mod.ts";

const HEARTBEAT_MS = 1000;

/** A body size that is announced and then not sent. */
const CLAIMED_BYTES = 100 * 1024 * 1024;

/** Longest time in which a client that has not said which protocol it speaks is given up. */
const MAGIC_DEADLINE_MS = 15_000;

nsqdSuite([], (test) => {
  test("heartbeats come at the interval that was asked for", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort, { answerHeartbeats: false });
    await client.identify({ heartbeat_interval: HEARTBEAT_MS });
    const startedAt = performance.now();
    for (let beat = 1; beat <= 2; beat++) {
      ok(isHeartbeat(await client.nextFrame()));
      await client.send("NOP\n");
      const elapsedMs = performance.now() - startedAt;
      ok(elapsedMs > beat * HEARTBEAT_MS - 200, `beat ${beat} after ${elapsedMs} ms`);
      ok(elapsedMs < beat * HEARTBEAT_MS + 700, `beat ${beat} after ${elapsedMs} ms`);
    }
  });

  test("a client that answers no heartbeat is closed after two intervals", async (nsqd) => {
    const topic = topicName();
    using client = await Client.connect(nsqd.tcpPort, { answerHeartbeats: false });
    await client.identify({ heartbeat_interval: HEARTBEAT_MS });
    await client.subscribe(topic, "ch", 1);
    const startedAt = performance.now();
    await client.expectEnd();
    const elapsedMs = performance.now() - startedAt;
    ok(elapsedMs > 2 * HEARTBEAT_MS - 200, `closed after ${elapsedMs} ms`);
    ok(elapsedMs < 3 * HEARTBEAT_MS + 700, `closed after ${elapsedMs} ms`);
    await eventually(async () => equal((await nsqd.channel(topic, "ch")).client_count, 0));
  });

  test("any command counts as an answer to a heartbeat", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort, { answerHeartbeats: false });
    await client.identify({ heartbeat_interval: HEARTBEAT_MS });
    await client.subscribe(topicName(), "ch", 1);
    for (let beats = 0; beats < 3; beats++) {
      ok(isHeartbeat(await client.nextFrame()));
      await client.ready(1);
    }
  });

  test("heartbeats that are turned off neither come nor are missed", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort, { answerHeartbeats: false });
    await client.identify({ heartbeat_interval: -1 });
    await client.expectSilence(2 * HEARTBEAT_MS + 300);
    await client.expectAlive();
  });

  test("a client that never reads is closed, and its messages go to others", async (nsqd) => {
    const topic = topicName();
    const body = new Uint8Array(100_000);
    using deaf = await Client.connect(nsqd.tcpPort);
    const identity = { heartbeat_interval: HEARTBEAT_MS, msg_timeout: 1000 };
    await deaf.send("IDENTIFY\n", sized(JSON.stringify(identity)));
    await deaf.send(`SUB ${topic} ch\n`, "RDY 2500\n");
    await eventually(async () => equal((await nsqd.channel(topic, "ch")).client_count, 1));
    using producer = await Client.connect(nsqd.tcpPort);
    // 40 MB: more than socket buffers hold.
    for (let i = 0; i < 10; i++) {
      await producer.publishBatch(topic, Array.from({ length: 40 }, () => body));
    }
    await eventually(async () => {
      equal((await nsqd.channel(topic, "ch")).client_count, 0);
    }, 8_000);
    using other = await Client.connect(nsqd.tcpPort);
    await other.subscribe(topic, "ch", 100);
    const ids = new Set((await other.consume(400)).map((message) => message.id));
    equal(ids.size, 400);
  });
});

nsqdSuite([], (test) => {
  test.betterThanReference("a client that sends no magic is closed in bounded time", async (nsqd) => {
    using silent = await Client.connect(nsqd.tcpPort, { magic: "" });
    using half = await Client.connect(nsqd.tcpPort, { magic: "  " });
    using idle = await Client.connect(nsqd.tcpPort);
    await Promise.all([silent.expectEnd(MAGIC_DEADLINE_MS), half.expectEnd(MAGIC_DEADLINE_MS)]);
    await idle.expectAlive();
  });
});

nsqdSuite([`--max-msg-size=${CLAIMED_BYTES}`, `--max-body-size=${CLAIMED_BYTES}`], (test) => {
  const name = "a client that announces much and sends little costs little memory";
  test.betterThanReference(name, async (nsqd) => {
    const beforeBytes = addressSpaceBytes(nsqd.pid);
    const clients: Client[] = [];
    for (const command of ["PUB t", "MPUB t", "DPUB t 1", "IDENTIFY"]) {
      for (let i = 0; i < 10; i++) {
        const client = await Client.connect(nsqd.tcpPort);
        clients.push(client);
        await client.send(`${command}\n`, int32(CLAIMED_BYTES), "only a few bytes");
      }
    }
    using alive = await Client.connect(nsqd.tcpPort);
    await alive.expectAlive();
    const grownBytes = addressSpaceBytes(nsqd.pid) - beforeBytes;
    for (const client of clients) client.close();
    ok(grownBytes < 5 * CLAIMED_BYTES, `${grownBytes} bytes for ${clients.length} clients`);
  });
});

/** Size of a process's address space, in bytes: memory that is allocated counts before it is touched. */
function addressSpaceBytes(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return 1024 * Number(/^VmSize:\s+(\d+) kB$/m.exec(status)?.[1]);
}
