import assert from "node:assert/strict";
import { RecordCounter } from "./record_counter.ts";
import { frame } from "./testing/harness.ts";
import { SimulatedDisk } from "../storage/testing/simulated_disk.ts";

const MEGABYTE = 1024 * 1024;

function counterOf(bytes: Uint8Array): RecordCounter {
  const disk = new SimulatedDisk();
  disk.put("/f", bytes);
  return new RecordCounter(disk, { minRecordBytes: 1, usualRecordBytes: MEGABYTE });
}

Deno.test("RecordCounter counts records of all sizes, across the blocks it reads", () => {
  const records: string[] = [];
  for (let i = 0; i < 3000; i++) records.push("x".repeat(1 + (i * 97) % 700));
  records.splice(1000, 0, "y".repeat(MEGABYTE), "z".repeat(256 * 1024 - 4), "z".repeat(256 * 1024));
  const bytes = frame(...records);
  assert.deepEqual(counterOf(bytes).count("/f", 0), {
    count: 3003,
    endOffset: bytes.length,
    end: "complete",
  });
});

Deno.test("RecordCounter stops at a record that is not whole, however large", () => {
  for (const record of ["abc", "y".repeat(MEGABYTE)]) {
    const bytes = frame("first", record);
    for (const missing of [1, 3, record.length, record.length + 3]) {
      assert.deepEqual(counterOf(bytes.slice(0, -missing)).count("/f", 0), {
        count: 1,
        endOffset: 9,
        end: "incomplete",
      });
    }
  }
});

Deno.test("RecordCounter stops at a length outside the limits", () => {
  const bytes = new Uint8Array([...frame("first"), 0, 16, 0, 1, 0]);
  assert.deepEqual(counterOf(bytes).count("/f", 0), { count: 1, endOffset: 9, end: "invalid" });
});

Deno.test("RecordCounter counts between two offsets, and nothing in a missing file", () => {
  const counter = counterOf(frame("a", "b", "c", "d"));
  assert.equal(counter.count("/f", 5, 15).count, 2);
  assert.equal(counter.count("/f", 99).count, 0);
  assert.equal(counter.count("/none", 0).count, 0);
});
