import { strictEqual as equal } from "node:assert/strict";
import { toJson } from "./json.ts";

Deno.test("toJson escapes what Go escapes", () => {
  const text = '<b>&"\\\u2028\u2029\n\u0001é';
  equal(toJson({ text }), '{"text":"\\u003cb\\u003e\\u0026\\"\\\\\\u2028\\u2029\\n\\u0001é"}');
});

Deno.test("toJson keeps null and leaves undefined fields out", () => {
  equal(toJson({ topics: null, memory: undefined, n: [] }), '{"topics":null,"n":[]}');
});
