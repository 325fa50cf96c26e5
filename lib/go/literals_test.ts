import { strictEqual, throws } from "node:assert/strict";
import { parseDecimalInteger, parseGoBool, parseGoFloat, parseGoInteger } from "./literals.ts";
import { ValueError } from "../value_error.ts";

function refusesAll(parse: (text: string) => unknown, texts: string[]): void {
  for (const text of texts) throws(() => parse(text), ValueError, JSON.stringify(text));
}

Deno.test("parseGoBool knows Go's words and no others", () => {
  for (const text of ["1", "t", "T", "true", "TRUE", "True"]) strictEqual(parseGoBool(text), true);
  for (const text of ["0", "f", "F", "false", "FALSE", "False"]) {
    strictEqual(parseGoBool(text), false);
  }
  refusesAll(parseGoBool, ["", "yes", "no", "on", "tRUE", "2", " true"]);
});

Deno.test("parseGoInteger reads Go's literals", () => {
  const cases: [string, number][] = [
    ["0", 0],
    ["10", 10],
    ["-10", -10],
    ["+10", 10],
    ["0x1F", 31],
    ["0b101", 5],
    ["0o17", 15],
    ["017", 15],
    ["-017", -15],
    ["1_000", 1000],
    ["0x_ff", 255],
    ["9007199254740992", 2 ** 53],
    ["9223372036854775807", 2 ** 63],
    ["-9223372036854775808", -(2 ** 63)],
  ];
  for (const [text, value] of cases) strictEqual(parseGoInteger(text), value, text);
});

Deno.test("parseGoInteger refuses what Go refuses", () => {
  refusesAll(parseGoInteger, ["", "-", "abc", "1.0", "1e3", "0x", "08", "1__0", "_1", "1_", " 1"]);
  refusesAll(parseGoInteger, [
    "9223372036854775808",
    "-9223372036854775809",
    "99999999999999999999",
  ]);
});

Deno.test("parseDecimalInteger takes no prefixes and no underscores", () => {
  strictEqual(parseDecimalInteger("+010"), 10);
  refusesAll(parseDecimalInteger, ["", "0x10", "1_000", "1.0", "9223372036854775808"]);
});

Deno.test("parseGoFloat reads finite decimal numbers", () => {
  for (const [text, value] of [["1", 1], ["1.", 1], [".5", 0.5], ["-1e-2", -0.01]] as const) {
    strictEqual(parseGoFloat(text), value, text);
  }
  refusesAll(parseGoFloat, ["", ".", "NaN", "inf", "0,5", "1e"]);
});
