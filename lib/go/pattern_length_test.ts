import { ok, strictEqual as equal } from "node:assert/strict";
import { writtenOutLength } from "./pattern_length.ts";

Deno.test("writtenOutLength is the length where nothing is repeated", () => {
  const plain = [
    "",
    "abc",
    "^a|b$",
    "(a)(b(c))",
    "[^]{3}]a",
    "\\Qa{9}\\E",
    "\\{9}",
    "[[:alpha:]{9}]",
  ];
  for (const pattern of [...plain, "a{,3}", "a{x}", "\\p{Greek}", "\\x{41}", "(", ")", "[", "\\"]) {
    equal(writtenOutLength(pattern), pattern.length, pattern);
  }
});

Deno.test("writtenOutLength counts what is repeated as often", () => {
  const cases: Record<string, number> = {
    "a{3}": 3,
    "ba{3,}": 4,
    "a{3,5}c": 6,
    "(ab){10}": 40,
    "((a?){30}){30}": (4 * 30 + 2) * 30,
    "[abc]{4}": 20,
    "\\pL{4}": 12,
    "\\p{Greek}{2}": 18,
    "a{0}": 1,
    "a*{3}": 4,
  };
  for (const [pattern, length] of Object.entries(cases)) {
    equal(writtenOutLength(pattern), length, pattern);
  }
});

Deno.test("writtenOutLength takes no longer than its pattern is long", () => {
  for (const part of ["(", "[", "\\Q", "a{1}", "\\p{", "[[:", "\\x{"]) {
    const start = performance.now();
    writtenOutLength(part.repeat(20_000));
    ok(performance.now() - start < 1000, part);
  }
});
