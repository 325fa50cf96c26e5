import assert from "node:assert/strict";
import { copyWords } from "./copy_bytes.ts";

Deno.test("copyWords copies every length from and to every alignment, whatever the bits say, and nothing beside", () => {
  // As doubles, most of them would be NaNs, which are not kept bit by bit.
  const from = Uint8Array.from({ length: 320 }, (_, i) => i % 8 < 2 ? 0xff : (i * 37 + 1) & 0xff);
  const into = new Uint8Array(340);
  const view = new DataView(into.buffer);
  for (let length = 0; length <= 300; length++) {
    for (let start = 0; start < 8; start++) {
      const at = (length + 3 * start) % 16, end = start + length;
      into.fill(0xaa);
      copyWords(new DataView(from.buffer), start, end, view, at);
      assert.deepEqual(into.subarray(at, at + length), from.subarray(start, end));
      assert.ok(into.subarray(0, at).every((byte) => byte === 0xaa));
      assert.ok(into.subarray(at + length).every((byte) => byte === 0xaa));
    }
  }
});
