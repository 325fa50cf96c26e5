import { deepStrictEqual as deepEqual, throws } from "node:assert/strict";
import { ValueError } from "../../value_error.ts";
import { parseHeader } from "./header.ts";

Deno.test("parseHeader splits at the first colon and trims", () => {
  deepEqual(parseHeader("a:b"), ["a", "b"]);
  deepEqual(parseHeader(" X-Time :  12:30 h "), ["X-Time", "12:30 h"]);
});

Deno.test("parseHeader refuses what HTTP cannot carry", () => {
  for (const text of ["", "a", "a:", ":b", " : ", "a=b", "a b: c", "a: b\nc: d", "ä: b"]) {
    throws(() => parseHeader(text), ValueError, text);
  }
});
