import { deepStrictEqual as deepEqual, throws } from "node:assert/strict";
import { HttpError } from "../../http/http_error.ts";
import { type Batch, binaryBatch, linesBatch } from "./batch.ts";

const LIMITS = { maxMsgSizeBytes: 10, maxBodySizeBytes: 100 };

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Numbers as int32 big-endian, text as it is. */
function binary(...parts: (number | string)[]): Uint8Array {
  const pieces = parts.map((part) => {
    if (typeof part === "string") return [...bytes(part)];
    const view = new DataView(new ArrayBuffer(4));
    view.setInt32(0, part);
    return [...new Uint8Array(view.buffer)];
  });
  return new Uint8Array(pieces.flat());
}

function bodies(source: Uint8Array, { spans, count }: Batch): string[] {
  const decoder = new TextDecoder();
  return Array.from(
    { length: count },
    (_, index) => decoder.decode(source.subarray(spans[2 * index], spans[2 * index + 1])),
  );
}

Deno.test("linesBatch takes one body a line and leaves empty lines out", () => {
  const cases: [string, string[]][] = [
    ["a\nb\n\nc", ["a", "b", "c"]],
    ["a\n", ["a"]],
    ["\n\n", []],
    ["", []],
    ["a\r\n b", ["a\r", " b"]],
    ["0123456789\n", ["0123456789"]],
  ];
  for (const [text, expected] of cases) {
    const source = bytes(text);
    deepEqual(bodies(source, linesBatch(source, LIMITS)), expected, JSON.stringify(text));
  }
});

Deno.test("linesBatch finds more lines than it made room for at first", () => {
  const limits = { maxMsgSizeBytes: 10, maxBodySizeBytes: 10_000 };
  const lines = Array.from({ length: 1000 }, (_, index) => String(index));
  const source = bytes(lines.join("\n"));
  deepEqual(bodies(source, linesBatch(source, limits)), lines);
});

Deno.test("linesBatch refuses what comes first: a long line or the end of the limit", () => {
  const long = "x".repeat(11);
  const refuse = (text: string, message: string) =>
    throws(() => linesBatch(bytes(text), LIMITS), new HttpError(413, message), text);
  refuse(`a\n${long}`, "MSG_TOO_BIG");
  refuse(`${long}\n${"a\n".repeat(60)}`, "MSG_TOO_BIG");
  refuse("a\n".repeat(50) + "b", "BODY_TOO_BIG");
  refuse("x".repeat(101), "BODY_TOO_BIG");
});

Deno.test("binaryBatch finds the bodies and ignores what follows them", () => {
  const source = binary(2, 1, "a", 3, "b\nc", "rest");
  deepEqual(bodies(source, binaryBatch(source, LIMITS)), ["a", "b\nc"]);
});

Deno.test("binaryBatch works on a part of a larger buffer", () => {
  const larger = binary(7, 1, 1, "z");
  const source = larger.subarray(4);
  deepEqual(bodies(source, binaryBatch(source, LIMITS)), ["z"]);
});

Deno.test("binaryBatch refuses bad counts with BAD_BODY, bad bodies with BAD_MESSAGE", () => {
  const cases: [Uint8Array, string][] = [
    [binary(), "BAD_BODY"],
    [binary("abc"), "BAD_BODY"],
    [binary(0), "BAD_BODY"],
    [binary(-1), "BAD_BODY"],
    [binary(20), "BAD_BODY"],
    [binary(19), "BAD_MESSAGE"],
    [binary(1), "BAD_MESSAGE"],
    [binary(1, 0, "x"), "BAD_MESSAGE"],
    [binary(1, -1, "x"), "BAD_MESSAGE"],
    [binary(1, 2, "x"), "BAD_MESSAGE"],
    [binary(1, 11, "01234567890"), "BAD_MESSAGE"],
    [binary(2, 5, "01234"), "BAD_MESSAGE"],
    [binary(2, 4, "0123", "\0\0"), "BAD_MESSAGE"],
    [binary(1, 2147483647, "x"), "BAD_MESSAGE"],
  ];
  for (const [body, message] of cases) {
    throws(() => binaryBatch(body, LIMITS), new HttpError(413, message), String(body));
  }
});
