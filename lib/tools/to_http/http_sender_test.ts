import { deepStrictEqual as deepEqual, rejects, strictEqual as equal } from "node:assert/strict";
import { getEndpoint, postEndpoint } from "./endpoint.ts";
import { HttpSender, type HttpSenderOptions } from "./http_sender.ts";

const BODY = new TextEncoder().encode("hello");

function createSender(options: Partial<HttpSenderOptions> = {}): HttpSender & Disposable {
  const sender = new HttpSender({
    connectTimeoutMs: 2_000,
    requestTimeoutMs: 10_000,
    headers: [],
    contentType: "text/plain",
    userAgent: "test v1",
    ...options,
  });
  return Object.assign(sender, { [Symbol.dispose]: () => sender.close() });
}

/** An HTTP server on the loopback. */
function serve(handler: (request: Request) => Response | Promise<Response>) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("HttpSender POSTs the message with its headers", async () => {
  let seen: unknown;
  await using server = serve(async (request) => {
    const { headers } = request;
    const named = ["user-agent", "content-type", "content-length", "x-a"].map((name) =>
      headers.get(name)
    );
    seen = [request.method, await request.text(), ...named];
    return new Response("thanks", { status: 201 });
  });
  using sender = createSender({ headers: [["X-A", "1"], ["x-a", "2"]] });
  await sender.send(postEndpoint(server.url), BODY);
  deepEqual(seen, ["POST", "hello", "test v1", "text/plain", "5", "2"]);
});

Deno.test("HttpSender GETs with the message in the URL", async () => {
  let seen: unknown;
  await using server = serve((request) => {
    seen = [request.method, request.url, request.headers.get("content-type")];
    return new Response();
  });
  using sender = createSender();
  await sender.send(getEndpoint(`${server.url}?m=%s`), BODY);
  deepEqual(seen, ["GET", `${server.url}?m=hello`, null]);
});

Deno.test("HttpSender's own headers give way to those asked for", async () => {
  let seen: unknown;
  await using server = serve(({ headers }) => {
    seen = [headers.get("user-agent"), headers.get("content-type")];
    return new Response();
  });
  using sender = createSender({ headers: [["User-Agent", "u"], ["content-type", "c/d"]] });
  await sender.send(postEndpoint(server.url), BODY);
  deepEqual(seen, ["u", "c/d"]);
});

Deno.test("HttpSender sends user and password of the address", async () => {
  let seen: unknown;
  await using server = serve(({ headers }) => {
    seen = headers.get("authorization");
    return new Response();
  });
  using sender = createSender();
  await sender.send(postEndpoint(server.url.replace("://", "://me:secret@")), BODY);
  equal(seen, `Basic ${btoa("me:secret")}`);
});

Deno.test("HttpSender says which status was not success", async () => {
  await using server = serve(() => new Response("no", { status: 500 }));
  using sender = createSender();
  const expected = { message: `POST ${server.url}: got status code 500` };
  await rejects(sender.send(postEndpoint(server.url), BODY), expected);
});

Deno.test("HttpSender gives up an answer that takes too long", async () => {
  const finished = Promise.withResolvers<void>();
  await using server = serve(async () => {
    await finished.promise;
    return new Response();
  });
  using sender = createSender({ requestTimeoutMs: 500 });
  const expected = { message: `POST ${server.url}: timeout` };
  await rejects(sender.send(postEndpoint(server.url), BODY), expected);
  finished.resolve();
});

Deno.test("HttpSender gives up an answer that never ends", async () => {
  await using server = serve(() => new Response(new ReadableStream({ start() {} })));
  using sender = createSender({ requestTimeoutMs: 500 });
  const expected = { message: `POST ${server.url}: timeout` };
  await rejects(sender.send(postEndpoint(server.url), BODY), expected);
});

Deno.test("HttpSender reaches a server that was away", async () => {
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = free.addr;
  free.close();
  const url = `http://127.0.0.1:${port}/`;
  using sender = createSender();
  await rejects(sender.send(postEndpoint(url), BODY), /^Error: POST http:.*refused/);
  const server = Deno.serve(
    { hostname: "127.0.0.1", port, onListen() {} },
    () => new Response(),
  );
  await sender.send(postEndpoint(url), BODY);
  await server.shutdown();
});

Deno.test("HttpSender's errors do not show what was sent", async () => {
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = free.addr;
  free.close();
  using sender = createSender({ connectTimeoutMs: 0 });
  const endpoint = getEndpoint(`http://me:secret@127.0.0.1:${port}/?m=%s`);
  const error = await sender.send(endpoint, BODY).then(
    () => "sent",
    (error: Error) => error.message,
  );
  equal(/hello|secret/.test(error), false, error);
});
