import { strictEqual as equal, throws } from "node:assert/strict";
import { elfLength } from "./denort.ts";

/** An ELF64 file of a header, `contentBytes` of code, a section table, then appended bytes. */
function elfFile(contentBytes: number, sections: number, appendedBytes: number): Uint8Array {
  const tableOffset = 64 + contentBytes;
  const bytes = new Uint8Array(tableOffset + sections * 64 + appendedBytes);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
  view.setBigUint64(0x28, BigInt(tableOffset), true);
  view.setUint16(0x3a, 64, true);
  view.setUint16(0x3c, sections, true);
  return bytes;
}

Deno.test("elfLength stops at the end of the section header table", () => {
  equal(elfLength(elfFile(100, 3, 0)), 64 + 100 + 3 * 64);
  equal(elfLength(elfFile(100, 3, 5000)), 64 + 100 + 3 * 64);
});

Deno.test("elfLength refuses what is not a whole ELF64 file", () => {
  throws(() => elfLength(new Uint8Array(10)), /not a 64-bit/);
  throws(() => elfLength(new TextEncoder().encode("#!/bin/sh\n".repeat(20))), /not a 64-bit/);
  throws(() => elfLength(elfFile(100, 3, 0).subarray(0, 200)), /truncated/);
});
