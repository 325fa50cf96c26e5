/**
 * Strict assertions under their short names. Deno 2.7's own `equal` and `deepEqual` of `node:assert/strict` are the loose
 * ones when imported by name: `equal(1, "1")` passes.
 */
export {
  deepStrictEqual as deepEqual,
  doesNotMatch,
  fail,
  match,
  notStrictEqual as notEqual,
  ok,
  rejects,
  strictEqual as equal,
} from "node:assert/strict";
