import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { LineSplitter } from "./line_splitter.ts";

const NEWLINE = 0x0a;

/** Lines of an input that comes in pieces; the last is what is left at the end. */
function split(...pieces: string[]): string[] {
  const splitter = new LineSplitter(NEWLINE);
  const decoder = new TextDecoder();
  const lines: string[] = [];
  for (const piece of pieces) {
    for (const line of splitter.split(new TextEncoder().encode(piece))) {
      lines.push(decoder.decode(line));
    }
  }
  return [...lines, decoder.decode(splitter.end())];
}

Deno.test("LineSplitter finds the same lines wherever the input is cut", () => {
  const input = "one\n\ntwo three\n\nrest";
  const lines = ["one", "", "two three", "", "rest"];
  deepEqual(split(input), lines);
  deepEqual(split(...input), lines);
  for (let at = 0; at <= input.length; at++) {
    deepEqual(split(input.slice(0, at), input.slice(at)), lines);
  }
});

Deno.test("LineSplitter.end gives nothing after a delimiter", () => {
  deepEqual(split("one\n"), ["one", ""]);
  deepEqual(split(), [""]);
});

Deno.test("LineSplitter keeps short lines apart from a long one before", () => {
  const long = "x".repeat(5000);
  deepEqual(split(long.slice(0, 3000), long.slice(3000), "\nab", "c\nd"), [long, "abc", "d"]);
});
