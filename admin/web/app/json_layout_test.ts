import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { laidOut } from "./json_layout.ts";

Deno.test("laidOut breaks lines as JSON.stringify does", () => {
  const value = {
    a: [1, { b: `x, {y} [z]: "q" \\ é`, c: null }],
    d: {},
    e: [],
    f: [[]],
    g: -1.5e3,
  };
  for (const text of [JSON.stringify(value), JSON.stringify(value, null, "\t")]) {
    equal(laidOut(text), JSON.stringify(value, null, 2));
  }
});

Deno.test("laidOut keeps what parsing would lose", () => {
  equal(
    laidOut('{"id":12345678901234567890,"id":1.0,"s":"\\u00e9"}'),
    '{\n  "id": 12345678901234567890,\n  "id": 1.0,\n  "s": "\\u00e9"\n}',
  );
});

Deno.test("laidOut leaves alone what is no JSON, is no list or object, or is too deep", () => {
  const deep = "[".repeat(5_000) + "]".repeat(5_000);
  deepEqual(["", "7", '"x"', "{", "[1,]", "{'a':1}", deep].map(laidOut), Array(7).fill(null));
});
