import { rejects, strictEqual as equal } from "node:assert/strict";
import { contentLength, discardBody, readBody } from "./body.ts";
import { HttpError } from "./http_error.ts";

/** A request whose body comes in pieces, and a count of the pieces taken. */
function streamed(pieces: number, pieceBytes: number, headers: HeadersInit = {}) {
  let taken = 0;
  const body = new ReadableStream({
    pull(controller) {
      if (taken === pieces) return controller.close();
      taken++;
      controller.enqueue(new Uint8Array(pieceBytes));
    },
  }, { highWaterMark: 0 });
  const request = new Request("http://a/", { method: "POST", body, headers });
  return { request, taken: () => taken };
}

Deno.test("readBody gives the whole body up to the limit", async () => {
  equal((await readBody(streamed(3, 10).request, 30)).length, 30);
  equal((await readBody(new Request("http://a/"), 30)).length, 0);
  const text = new Request("http://a/", { method: "POST", body: "abc" });
  equal(new TextDecoder().decode(await readBody(text, 3)), "abc");
});

Deno.test("readBody keeps one byte more than the limit of a longer body", async () => {
  equal((await readBody(streamed(4, 10).request, 30)).length, 31);
});

Deno.test("readBody stops reading a body that does not end", async () => {
  const pieceBytes = 1024 * 1024;
  const { request, taken } = streamed(1000, pieceBytes);
  equal((await readBody(request, 5)).length, 6);
  equal(taken() < 20, true);
});

Deno.test("readBody does not believe a Content-Length beside a chunked body", async () => {
  const headers = { "content-length": "5", "transfer-encoding": "chunked" };
  const { request } = streamed(2, 10, headers);
  equal(contentLength(request), undefined);
  equal((await readBody(request, 5)).length, 6);
});

Deno.test("readBody refuses a body that breaks off", async () => {
  const body = new ReadableStream({
    pull(controller) {
      controller.error(new Error("gone"));
    },
  });
  const request = new Request("http://a/", { method: "POST", body });
  await rejects(
    readBody(request, 5),
    new HttpError(400, "the body ends too early or is not well chunked", {
      cause: new Error("gone"),
    }),
  );
});

Deno.test("discardBody reads what the handler left, within bounds", async () => {
  const chunked = { "transfer-encoding": "chunked" };
  const small = streamed(3, 10, chunked);
  equal(await discardBody(small.request), true);
  equal(small.taken(), 3);
  equal(await discardBody(streamed(1000, 1024 * 1024, chunked).request), false);
  equal(await discardBody(new Request("http://a/")), true);
});

Deno.test("discardBody does not ask for a body that the client holds back", async () => {
  const held = streamed(1, 10, { "transfer-encoding": "chunked", "expect": "100-continue" });
  equal(await discardBody(held.request), false);
  equal(held.taken(), 0);
});
