import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { decodedPath, requestTarget, requestUri } from "./target.ts";

Deno.test("requestTarget keeps path and query as they were sent", () => {
  const cases: [string, string, string | undefined][] = [
    ["http://a:1/ping", "/ping", undefined],
    ["http://a//x/../y?", "//x/../y", ""],
    ["http://a/x?u=http://b/c?d", "/x", "u=http://b/c?d"],
    ["http://a?x=/y", "/", "x=/y"],
    ["http://a", "/", undefined],
  ];
  for (const [url, path, query] of cases) deepEqual(requestTarget(url), { path, query }, url);
});

Deno.test("decodedPath decodes escapes, slashes included, and leaves bad ones", () => {
  equal(decodedPath("http://a/topic%2Fcre%61te?x=%41"), "/topic/create");
  equal(decodedPath("http://a/a+b"), "/a+b");
  equal(decodedPath("http://a/%zz"), "/%zz");
});

Deno.test("requestUri gives path and query for the log", () => {
  equal(requestUri("http://a:1/stats?format=json"), "/stats?format=json");
  equal(requestUri("http://a:1/%70ing"), "/%70ing");
});
