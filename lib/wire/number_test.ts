import assert from "node:assert/strict";
import { NOT_A_NUMBER, parseDecimal } from "./number.ts";

function parse(text: string): number {
  const bytes = new TextEncoder().encode(`9${text}9`);
  return parseDecimal(bytes, 1, bytes.length - 1);
}

Deno.test("parseDecimal reads digits, and none as 0", () => {
  for (const text of ["0", "7", "2500", "007", "2147483648", "9007199254740991"]) {
    assert.equal(parse(text), Number(text));
  }
  assert.equal(parse(""), 0);
});

Deno.test("parseDecimal rounds what is beyond 2^53, and stays large", () => {
  assert.ok(parse("99999999999999999999") > 2 ** 63);
});

Deno.test("parseDecimal refuses anything but digits", () => {
  for (const text of ["-1", "+1", "1.5", "1e3", " 1", "1 ", "0x1", "a", "1/", "1:", "\0"]) {
    assert.equal(parse(text), NOT_A_NUMBER, JSON.stringify(text));
  }
});
