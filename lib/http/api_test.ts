import { match, strictEqual as equal } from "node:assert/strict";
import { createLogger } from "../log/logger.ts";
import { HttpApi } from "./api.ts";
import { HttpError } from "./http_error.ts";

const CONNECTION = { remoteAddress: "127.0.0.1:9" };

function makeApi() {
  const log: string[] = [];
  const logger = createLogger({
    level: 2,
    prefix: "",
    format: "text",
    write: (line) => log.push(new TextDecoder().decode(line)),
    now: () => 0,
  });
  let nowMs = 0;
  const api = new HttpApi(logger, null, () => nowMs += 1.5);
  api.route("GET", "/text", () => "hello");
  api.route("GET", "/plain", () => "hello", { plainText: true });
  api.route("GET", "/nothing", () => null);
  api.route("GET", "/json", () => ({ a: "<" }));
  api.route("POST", "/quiet", () => "OK", { logged: false });
  api.route("GET", "/echo/:name", (context) => context.req.param("name") ?? "");
  api.route("GET", "/refuse", () => {
    throw new HttpError(404, "TOPIC_NOT_FOUND");
  });
  api.route("GET", "/refuse-plain", () => {
    throw new HttpError(500, "NOK - disk full");
  }, { plainText: true });
  api.route("GET", "/broken", () => {
    throw new TypeError("defect");
  });
  const request = (method: string, path: string, init: RequestInit = {}) =>
    api.handle(new Request(`http://a${path}`, { method, ...init }), CONNECTION);
  return { request, log };
}

/** Status, the headers that matter, and the body. */
async function seen(response: Response): Promise<string> {
  const names = ["allow", "connection", "content-type", "location", "x-nsq-content-type"];
  const headers = names.filter((name) => response.headers.has(name))
    .map((name) => `${name}: ${response.headers.get(name)}`);
  return [response.status, ...headers, await response.text()].join("|");
}

const JSON_HEADERS = "content-type: application/json; charset=utf-8|" +
  "x-nsq-content-type: nsq; version=1.0";
const V1_HEADER = "x-nsq-content-type: nsq; version=1.0";
const TEXT_HEADER = "content-type: text/plain; charset=utf-8";

Deno.test("HttpApi answers with text, nothing, JSON or plain text", async () => {
  const { request } = makeApi();
  equal(await seen(await request("GET", "/text")), `200|${TEXT_HEADER}|${V1_HEADER}|hello`);
  equal(await seen(await request("GET", "/plain")), `200|${TEXT_HEADER}|hello`);
  equal(await seen(await request("GET", "/nothing")), `200|${V1_HEADER}|`);
  equal(await seen(await request("GET", "/json")), `200|${JSON_HEADERS}|{"a":"\\u003c"}`);
  equal(await seen(await request("GET", "/echo/%C3%A9")), `200|${TEXT_HEADER}|${V1_HEADER}|é`);
});

Deno.test("HttpApi finds a route however its path is escaped", async () => {
  const { request } = makeApi();
  for (const path of ["/text", "/te%78t", "/text?a=b", "/te%78t?"]) {
    equal(await (await request("GET", path)).text(), "hello", path);
  }
  for (const path of ["/quiet", "/qu%69et"]) {
    equal(await (await request("POST", path)).text(), "OK", path);
    equal((await request("GET", path)).status, 405, path);
    equal((await request("HEAD", path)).status, 405, path);
  }
});

Deno.test("HttpApi answers the same however often it is asked", async () => {
  const { request } = makeApi();
  for (let round = 0; round < 2; round++) {
    equal(await seen(await request("POST", "/quiet")), `200|${TEXT_HEADER}|${V1_HEADER}|OK`);
    const changed = await request("POST", "/quiet");
    changed.headers.set("Content-Type", "of one answer only");
  }
});

Deno.test("HttpApi gives refusals as the route gives answers", async () => {
  const { request } = makeApi();
  equal(
    await seen(await request("GET", "/refuse")),
    `404|${JSON_HEADERS}|{"message":"TOPIC_NOT_FOUND"}`,
  );
  equal(await seen(await request("GET", "/refuse-plain")), `500|${TEXT_HEADER}|NOK - disk full`);
});

Deno.test("HttpApi answers a defect with INTERNAL_ERROR, logs its stack and goes on", async () => {
  const { request, log } = makeApi();
  equal(
    await seen(await request("GET", "/broken")),
    `500|${JSON_HEADERS}|{"message":"INTERNAL_ERROR"}`,
  );
  match(log[0]!, /ERROR: panic in HTTP handler - TypeError: defect\\n\s+at /);
  match(log[1]!, /INFO: 500 GET \/broken/);
  equal((await request("GET", "/text")).status, 200);
});

Deno.test("HttpApi tells what is not found from what is not allowed", async () => {
  const { request } = makeApi();
  const notAllowed = `${JSON_HEADERS}|{"message":"METHOD_NOT_ALLOWED"}`;
  equal(await seen(await request("GET", "/nope")), `404|${JSON_HEADERS}|{"message":"NOT_FOUND"}`);
  equal(await seen(await request("POST", "/text")), `405|allow: GET, OPTIONS|${notAllowed}`);
  equal(await seen(await request("HEAD", "/text")), `405|allow: GET, OPTIONS|${notAllowed}`);
  equal(await seen(await request("OPTIONS", "/text")), "200|allow: GET, OPTIONS|");
  equal((await request("OPTIONS", "/nope")).status, 404);
});

Deno.test("HttpApi redirects misspelt paths: GET with a page, others keep their method", async () => {
  const { request } = makeApi();
  equal(
    await seen(await request("GET", "/TEXT/?a=<")),
    "301|content-type: text/html; charset=utf-8|location: /text?a=%3C|" +
      '<a href="/text?a=%3C">Moved Permanently</a>.\n\n',
  );
  equal(
    await seen(await request("POST", "/Quiet/?topic=a%20b")),
    "307|location: /quiet?topic=a%20b|",
  );
  equal((await request("GET", "/echo/a%3Fb/")).headers.get("location"), "/echo/a%3Fb");
});

Deno.test("HttpApi refuses a path with a bad escape", async () => {
  const { request } = makeApi();
  equal(
    await seen(await request("GET", "/%zz")),
    `400|connection: close|${TEXT_HEADER}|400 Bad Request`,
  );
});

Deno.test("HttpApi logs one line a request, but not for routes that are too busy", async () => {
  const { request, log } = makeApi();
  await request("GET", "/text?a=%41");
  await request("POST", "/quiet");
  await request("GET", "/nope");
  await request("GET", "/TEXT");
  equal(log.length, 2);
  match(log[0]!, / INFO: 200 GET \/text\?a=%41 \(127\.0\.0\.1:9\) 1\.5ms\n$/);
  match(log[1]!, / INFO: 404 GET \/nope \(127\.0\.0\.1:9\) 1\.5ms\n$/);
});
