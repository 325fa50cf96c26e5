import { match, rejects, strictEqual as equal } from "node:assert/strict";
import { createLogger } from "../log/logger.ts";
import { HttpApi } from "./api.ts";
import { type HttpServer, serve } from "./serve.ts";

const LOOPBACK = { transport: "tcp", hostname: "127.0.0.1", port: 0 } as const;

function start(shutdownGraceMs = 1000) {
  const log: string[] = [];
  const logger = createLogger({
    level: 2,
    prefix: "",
    format: "text",
    write: (line) => log.push(new TextDecoder().decode(line)),
  });
  const api = new HttpApi(logger);
  const hanging = Promise.withResolvers<void>();
  const release = Promise.withResolvers<string>();
  api.route("GET", "/ping", () => "OK");
  api.route("GET", "/hang", () => {
    hanging.resolve();
    return release.promise;
  });
  const server = serve(api, LOOPBACK, { logger, shutdownGraceMs });
  return { server, log, hanging: hanging.promise, release: release.resolve };
}

/** One request over a connection that stays open, and what came back. */
async function ping(server: HttpServer): Promise<{ connection: Deno.TcpConn; answer: string }> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  await connection.write(new TextEncoder().encode("GET /ping HTTP/1.1\r\nHost: a\r\n\r\n"));
  const buffer = new Uint8Array(1024);
  const size = await connection.read(buffer) ?? 0;
  return { connection, answer: new TextDecoder().decode(buffer.subarray(0, size)) };
}

Deno.test("serve listens, logs where, and knows the address of its caller", async () => {
  const { server, log } = start();
  const { connection, answer } = await ping(server);
  const local = connection.localAddr as Deno.NetAddr;
  connection.close();
  await server.shutdown();
  match(answer, /^HTTP\/1\.1 200 OK\r\n.*OK$/s);
  match(log[0]!, new RegExp(`INFO: HTTP: listening on 127\\.0\\.0\\.1:${server.port}\n`));
  match(log[1]!, new RegExp(`INFO: 200 GET /ping \\(127\\.0\\.0\\.1:${local.port}\\) `));
  match(log[2]!, new RegExp(`INFO: HTTP: closing 127\\.0\\.0\\.1:${server.port}\n`));
});

Deno.test("shutdown closes idle connections and stops listening", async () => {
  const { server } = start();
  const { connection } = await ping(server);
  await server.shutdown();
  equal(await connection.read(new Uint8Array(1)), null);
  connection.close();
  await rejects(Deno.connect({ hostname: "127.0.0.1", port: server.port }));
});

Deno.test("shutdown waits for a request under way", async () => {
  const { server, hanging, release } = start(60_000);
  const answer = fetch(`http://127.0.0.1:${server.port}/hang`);
  await hanging;
  const down = server.shutdown();
  release("late");
  equal(await (await answer).text(), "late");
  await down;
});

Deno.test("shutdown does not wait for ever for a request under way", async () => {
  const { server, hanging, release } = start(10);
  const answer = fetch(`http://127.0.0.1:${server.port}/hang`);
  await hanging;
  await server.shutdown();
  release("late");
  await (await answer).body?.cancel();
});

Deno.test("serve refuses a port that is taken", async () => {
  const { server } = start();
  const taken = { ...LOOPBACK, port: server.port };
  const logger = createLogger({ level: 5, prefix: "", format: "text" });
  await rejects(
    () => Promise.resolve().then(() => serve(new HttpApi(logger), taken, { logger })),
    Deno.errors.AddrInUse,
  );
  await server.shutdown();
});
