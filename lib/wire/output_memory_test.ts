import assert from "node:assert/strict";
import { OutputMemory } from "./output_memory.ts";

Deno.test("OutputMemory lends what is asked for at least, and what was given back again", () => {
  const memory = new OutputMemory();
  for (const bytes of [0, 1, 511, 512, 513, 70_000, 1_048_576, 1_048_577, 3_000_000]) {
    const piece = memory.lend(bytes);
    assert.ok(piece.bytes.length >= bytes && piece.bytes.length <= Math.max(512, 2 * bytes));
    assert.equal(piece.view.buffer, piece.bytes.buffer);
    assert.equal(memory.lentBytes, piece.bytes.length);
    memory.giveBack(piece);
    assert.equal(memory.lentBytes, 0);
    if (bytes <= 2 * 1024 * 1024) assert.equal(memory.lend(piece.bytes.length), piece);
    memory.lentBytes = 0;
  }
});

Deno.test("OutputMemory keeps a limited amount, and nothing after trim", () => {
  const memory = new OutputMemory();
  const pieces = Array.from({ length: 40 }, () => memory.lend(1024 * 1024));
  for (const piece of pieces) memory.giveBack(piece);
  const kept = () => pieces.filter(({ bytes }) => bytes.length > 0).length;
  assert.equal(kept(), 16);
  memory.trim();
  assert.equal(kept(), 0);
});
