import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { isReference, nsqdSuite } from "../harness/mod.ts";
import { answer, headers, refusal } from "./answer.ts";

const JSON_TYPE = "Content-Type: application/json; charset=utf-8";
const TEXT_TYPE = "Content-Type: text/plain; charset=utf-8";
const API = "X-NSQ-Content-Type: nsq; version=1.0";

nsqdSuite([], (test) => {
  test("/ping is plain text without the API's header", async (nsqd) => {
    equal(await answer(nsqd, "GET", "/ping"), "200 OK");
    deepEqual(await headers(nsqd, "GET", "/ping"), ["Content-Length: 2", TEXT_TYPE]);
  });

  test("text, JSON and empty answers have their types", async (nsqd) => {
    const { length } = await (await nsqd.http("/info")).text();
    deepEqual(await headers(nsqd, "GET", "/info"), [`Content-Length: ${length}`, JSON_TYPE, API]);
    const prefix = await headers(nsqd, "GET", "/config/log_prefix");
    deepEqual(prefix, ["Content-Length: 7", TEXT_TYPE, API]);
    const create = await headers(nsqd, "POST", "/topic/create?topic=types");
    deepEqual(create, ["Content-Length: 0", API]);
  });

  test("an unknown path is NOT_FOUND", async (nsqd) => {
    for (const path of ["/", "/nope", "/config", "/config/", "/config/a/b", "/debug/pprof/nope"]) {
      equal(await answer(nsqd, "GET", path), refusal(404, "NOT_FOUND"), path);
    }
    equal(await answer(nsqd, "PUT", "/PUB"), refusal(404, "NOT_FOUND"));
    deepEqual(await headers(nsqd, "GET", "/nope"), ["Content-Length: 23", JSON_TYPE, API]);
  });

  test("a known path with another method is METHOD_NOT_ALLOWED and says which are", async (nsqd) => {
    const refused = refusal(405, "METHOD_NOT_ALLOWED");
    const cases = [
      ["POST", "/ping", "GET, OPTIONS"],
      ["GET", "/pub", "OPTIONS, POST"],
      ["DELETE", "/config/x", "GET, OPTIONS, PUT"],
      ["PATCH", "/debug/pprof/symbol", "GET, OPTIONS, POST"],
      ["FOO", "/stats", "GET, OPTIONS"],
    ] as const;
    for (const [method, path, allow] of cases) {
      equal(await answer(nsqd, method, path), refused, path);
      const expected = [`Allow: ${allow}`, "Content-Length: 32", JSON_TYPE, API];
      deepEqual(await headers(nsqd, method, path), expected, path);
    }
  });

  test("HEAD is not allowed, and keeps the connection in step", async (nsqd) => {
    equal(await answer(nsqd, "HEAD", "/ping"), "405 ");
    equal(await answer(nsqd, "GET", "/ping"), "200 OK");
    equal(await answer(nsqd, "HEAD", "/nope"), "404 ");
  });

  test("OPTIONS lists the methods", async (nsqd) => {
    equal(await answer(nsqd, "OPTIONS", "/config/x"), "200 ");
    const allow = await headers(nsqd, "OPTIONS", "/config/x");
    deepEqual(allow, ["Allow: GET, OPTIONS, PUT", "Content-Length: 0"]);
    equal(await answer(nsqd, "OPTIONS", "/nope"), refusal(404, "NOT_FOUND"));
  });

  test("a misspelt path redirects GET with a page", async (nsqd) => {
    for (const path of ["/ping/", "/PING", "//ping", "/Ping//"]) {
      const page = '301 <a href="/ping">Moved Permanently</a>.\n\n';
      equal(await answer(nsqd, "GET", path), page, path);
    }
    deepEqual(await headers(nsqd, "GET", "/Config/ID/?a=b"), [
      "Content-Length: 49",
      "Content-Type: text/html; charset=utf-8",
      "Location: /config/ID?a=b",
    ]);
    deepEqual((await headers(nsqd, "GET", "/debug/pprof")).at(-1), "Location: /debug/pprof/");
  });

  test("a misspelt path redirects POST so that the body is sent again", async (nsqd) => {
    equal(await answer(nsqd, "POST", "/PUB/?topic=redirect", "hello"), "307 ");
    await nsqd.post("/PUB/?topic=redirect", "hello");
    equal((await nsqd.topic("redirect")).message_count, 1);
  });

  test("escapes in a path are decoded", async (nsqd) => {
    equal(await answer(nsqd, "GET", "/%70ing"), "200 OK");
    equal(await answer(nsqd, "POST", "/topic%2Fcreate?topic=escaped"), "200 ");
    equal(await answer(nsqd, "GET", "/config/log%5Flevel"), "200 2");
  });

  test("requests are logged with status, time and caller, but publishing is not", async (nsqd) => {
    await answer(nsqd, "POST", "/pub?topic=logged", "hello");
    await answer(nsqd, "POST", "/mpub?topic=logged", "hello");
    await answer(nsqd, "GET", "/ping?mark=1");
    await answer(nsqd, "GET", "/nope?mark=2");
    const caller = String.raw`\(127\.0\.0\.1:\d+\) [\d.]+[nµm]?s$`;
    await nsqd.waitForLog(new RegExp(String.raw`INFO: 200 GET /ping\?mark=1 ${caller}`));
    await nsqd.waitForLog(new RegExp(String.raw`INFO: 404 GET /nope\?mark=2 ${caller}`));
    equal(nsqd.logLines.some((line) => line.includes("pub?topic=logged")), false);
  });

  test("/info tells the ports listened on", async (nsqd) => {
    const info = await (await nsqd.http("/info")).json();
    equal(info.tcp_port, nsqd.tcpPort);
    equal(info.http_port, nsqd.httpPort);
    match(info.version, /^\d+\.\d+\.\d+/);
    deepEqual(Object.keys(info), [
      "version",
      "broadcast_address",
      "hostname",
      "http_port",
      "tcp_port",
      "start_time",
      "max_heartbeat_interval",
      "max_output_buffer_size",
      "max_output_buffer_timeout",
      "max_deflate_level",
      "topology_zone",
      "topology_region",
      ...isReference ? [] : ["nsq_ts_version", "io_threads", "state"],
    ]);
  });
});
