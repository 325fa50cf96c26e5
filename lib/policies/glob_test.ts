import { ok } from "node:assert/strict";
import { Glob } from "./glob.ts";

Deno.test("Glob: a star stands for any characters, a question mark for one", () => {
  for (
    const [pattern, name] of [
      ["*", ""],
      ["*", "orders"],
      ["orders.*", "orders.new"],
      ["*.new", "orders.new"],
      ["o*s.n?w", "orders.new"],
      ["a*b*c", "aXbXbXc"],
      ["orders", "orders"],
    ] as const
  ) ok(new Glob(pattern).matches(name), `${pattern} matches ${name}`);
  for (
    const [pattern, name] of [
      ["orders.*", "orders"],
      ["?", ""],
      ["a?", "a"],
      ["orders", "orders.new"],
      ["a*b*c", "aXbX"],
      ["o.ders", "orders"],
    ] as const
  ) ok(!new Glob(pattern).matches(name), `${pattern} does not match ${name}`);
});

Deno.test("Glob: no pattern makes matching slow", () => {
  const begun = performance.now();
  ok(!new Glob("*a".repeat(30) + "b").matches("a".repeat(64)));
  ok(performance.now() - begun < 100);
});
