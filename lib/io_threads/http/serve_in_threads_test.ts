import { Buffer } from "node:buffer";
import { ok, strictEqual as equal } from "node:assert/strict";
import type { HttpRequest } from "../../http/request.ts";
import { WholeResponse } from "../../http/respond.ts";
import { createLogger } from "../../log/logger.ts";
import { IoThreads } from "../io_threads.ts";
import { serveInThreads } from "./serve_in_threads.ts";

const LOOPBACK = { hostname: "127.0.0.1", port: 0 };
const SIZES = [0, 1, 47, 65_535, 65_536, 65_537, 131_072, 131_073, 3_000_000];

/** Of an answer that is not compressed. */
const HEADERS = { "Cache-Control": "no-transform", "X-A": "b" };

/** Threads that serve HTTP. */
async function open(handle: (request: HttpRequest) => Promise<Response> | Response) {
  const logger = createLogger({ level: 5, prefix: "", format: "text" });
  const threads = await IoThreads.open(LOOPBACK, 2, null, logger);
  const handler = { handle: (request: HttpRequest) => Promise.resolve(handle(request)) };
  const server = await serveInThreads(threads, handler, LOOPBACK, { logger });
  return {
    url: `http://127.0.0.1:${server.port}/`,
    threads,
    server,
    async [Symbol.asyncDispose]() {
      const down = server.shutdown();
      threads.stop();
      await threads.done();
      await down;
    },
  };
}

function bytesOf(size: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: size }, (_, i) => i * 7 + size);
}

Deno.test("bodies come and go as they were sent, whatever their size, in one piece or in chunks", async () => {
  await using served = await open(async (request) =>
    new Response(await request.bytes() as BodyInit)
  );
  const exchange = async (size: number, isChunked: boolean) => {
    const sent = bytesOf(size);
    const body = isChunked ? ReadableStream.from([sent.subarray(0, 10), sent.subarray(10)]) : sent;
    const answer = await fetch(served.url, { method: "POST", body });
    equal(Buffer.compare(await answer.bytes(), sent), 0, `${size} bytes`);
  };
  await Promise.all(SIZES.flatMap((size) => [exchange(size, false), exchange(size, true)]));
});

Deno.test("an answer that is whole has a length, however long it is", async () => {
  const text = "ä".repeat(200_000);
  await using served = await open(() => new WholeResponse(text, { headers: HEADERS }));
  const answer = await fetch(served.url);
  equal(answer.headers.get("content-length"), "400000");
  equal(answer.headers.get("x-a"), "b");
  equal(await answer.text(), text);
});

Deno.test("an answer that breaks off breaks off for the client", async () => {
  const stream = () =>
    new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(bytesOf(1000));
        controller.error(new Error("no more"));
      },
    }, { highWaterMark: 0 });
  await using served = await open(() => new Response(stream()));
  const outcome = await fetch(served.url).then((answer) => answer.bytes()).catch(() => "broken");
  equal(outcome, "broken");
});

Deno.test("who makes an answer is told that the client has gone", async () => {
  const cancelled = Promise.withResolvers<void>(), aborted = Promise.withResolvers<void>();
  await using served = await open((request) => {
    request.signal.addEventListener("abort", () => aborted.resolve());
    const cancel = () => cancelled.resolve();
    const pull = (controller: ReadableStreamDefaultController<Uint8Array>) =>
      controller.enqueue(bytesOf(100_000));
    return new Response(new ReadableStream({ pull, cancel }, { highWaterMark: 0 }));
  });
  const leave = new AbortController();
  const answer = await fetch(served.url, { signal: leave.signal });
  ok((await answer.body!.getReader().read()).value!.length > 0);
  leave.abort();
  await cancelled.promise;
  await aborted.promise;
});

Deno.test("a thread that fails takes its exchanges along", async () => {
  const asked = Promise.withResolvers<void>(), aborted = Promise.withResolvers<void>();
  await using served = await open((request) => {
    request.signal.addEventListener("abort", () => aborted.resolve());
    asked.resolve();
    return new Promise(() => {});
  });
  // By hand, as fetch would ask again.
  using conn = await Deno.connect({ hostname: LOOPBACK.hostname, port: served.server.port });
  await conn.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  await asked.promise;
  for (const thread of served.threads.threads) thread.breakIt();
  await aborted.promise;
  equal(await conn.read(new Uint8Array(1)).catch(() => null), null);
});

Deno.test("what is under way is answered before the end", async () => {
  const asked = Promise.withResolvers<void>(), release = Promise.withResolvers<void>();
  await using served = await open(async () => {
    asked.resolve();
    await release.promise;
    return new WholeResponse("late", {});
  });
  const answer = fetch(served.url).then((each) => each.text());
  await asked.promise;
  const down = served.server.shutdown();
  release.resolve();
  equal(await answer, "late");
  await down;
});
