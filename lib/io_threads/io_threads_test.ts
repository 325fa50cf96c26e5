import { Buffer } from "node:buffer";
import { ok, rejects, strictEqual as equal } from "node:assert/strict";
import { createLogger } from "../log/logger.ts";
import { writeAll } from "../wire/streams/write_all.ts";
import { IoThreads } from "./io_threads.ts";
import type { RemoteStream } from "./remote_stream.ts";

const LOOPBACK = { hostname: "127.0.0.1", port: 0 };

/** Sends back what comes. */
async function echo(stream: RemoteStream): Promise<void> {
  const buffer = new Uint8Array(300_000);
  try {
    for (let count; (count = await stream.read(buffer)) !== null;) {
      await writeAll(stream, buffer.subarray(0, count));
    }
    await stream.closeWrite();
  } catch {
    // the thread failed, or the client has gone
  } finally {
    stream.close();
  }
}

/** Threads that echo. */
async function open(count: number) {
  const logged: string[] = [];
  const write = (line: Uint8Array) => void logged.push(new TextDecoder().decode(line));
  const logger = createLogger({ level: 2, prefix: "", format: "text", write });
  const threads = await IoThreads.open(LOOPBACK, count, null, logger);
  const echoes: Promise<void>[] = [];
  threads.start((stream) => void echoes.push(echo(stream)));
  return {
    threads,
    logged,
    connect: () => Deno.connect({ hostname: LOOPBACK.hostname, port: threads.port }),
    async [Symbol.asyncDispose]() {
      await Promise.all(echoes);
      threads.stop();
      await threads.done();
    },
  };
}

async function readWhole(client: Deno.Conn): Promise<Uint8Array> {
  return new Uint8Array(await new Response(client.readable).arrayBuffer());
}

/** Whether the connection still echoes. */
async function isAlive(client: Deno.Conn): Promise<boolean> {
  try {
    await client.write(Uint8Array.of(1));
    return await client.read(new Uint8Array(1)) === 1;
  } catch {
    return false; // reset
  }
}

Deno.test("bytes go through a thread as they came, however many at a time", async () => {
  await using server = await open(2);
  const exchange = async (size: number) => {
    const client = await server.connect();
    const sent = Uint8Array.from({ length: size }, (_, i) => i * 7 + size);
    const received = readWhole(client);
    await writeAll(client, sent);
    await client.closeWrite();
    equal(Buffer.compare(await received, sent), 0);
  };
  await Promise.all([1, 47, 4096, 4097, 131_072, 3_000_000, 3_000_000].map(exchange));
});

Deno.test("a thread that fails takes its own connections along, and another takes its place", async () => {
  await using server = await open(2);
  using clients = new DisposableStack();
  const connect = async () => clients.use(await server.connect());
  const first = await Promise.all(Array.from({ length: 20 }, connect));
  for (const client of first) ok(await isAlive(client));
  const [victim, other] = [...server.threads.threads];
  const lost = victim!.connections, kept = other!.connections;
  equal(lost + kept, 20);
  victim!.breakIt();
  const alive = await Promise.all(first.map(isAlive));
  equal(alive.filter(Boolean).length, kept);
  ok(server.logged.some((line) => line.includes("I/O thread failed")), server.logged.join(""));

  const successor = () => [...server.threads.threads].find((each) => each !== other);
  while ((successor()?.connections ?? 0) === 0) ok(await isAlive(await connect()));
});

Deno.test("threads do not share a port with strangers who would allow it", async () => {
  using stranger = Deno.listen({ ...LOOPBACK, reusePort: true });
  const { port } = stranger.addr as Deno.NetAddr;
  const logger = createLogger({ level: 5, prefix: "", format: "text" });
  await rejects(IoThreads.open({ ...LOOPBACK, port }, 1, null, logger), /in use/);
});
