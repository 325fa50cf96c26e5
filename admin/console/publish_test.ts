import { deepStrictEqual as deepEqual, throws } from "node:assert/strict";
import { readPublishRequest } from "./publish.ts";
import { shownBody } from "./tail.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("readPublishRequest reads body, delay and node", () => {
  deepEqual(readPublishRequest(bytes(`{"body":"x","delayMs":5,"node":"a:1"}`)), {
    body: "x",
    delayMs: 5,
    node: "a:1",
  });
  deepEqual(readPublishRequest(bytes(`{"body":"x"}`)), { body: "x", delayMs: 0 });
});

Deno.test("readPublishRequest refuses what is no message", () => {
  for (const json of ["", "null", "[]", "{}", `{"body":""}`, `{"body":1}`]) {
    throws(() => readPublishRequest(bytes(json)), { status: 400, message: "INVALID_BODY" }, json);
  }
  for (const delay of ["-1", "1.5", '"1"', "1e300"]) {
    const json = `{"body":"x","delayMs":${delay}}`;
    throws(() => readPublishRequest(bytes(json)), { status: 400, message: "INVALID_DELAY" }, json);
  }
});

Deno.test("shownBody shows text as text, and everything else as digits", () => {
  deepEqual(shownBody(bytes("grün")), { body: "grün", isText: true, sizeBytes: 5 });
  deepEqual(shownBody(new Uint8Array([0xff, 1])), { body: "ff 01", isText: false, sizeBytes: 2 });
  deepEqual(shownBody(bytes("a\0")), { body: "61 00", isText: false, sizeBytes: 2 });
});

Deno.test("shownBody cuts a long text between characters", () => {
  const { body, isText, sizeBytes } = shownBody(bytes("x" + "ü".repeat(10_000)));
  deepEqual([body.length, body.at(-1), isText, sizeBytes], [4096, "ü", true, 20_001]);
});
