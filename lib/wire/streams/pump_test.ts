import {
  deepStrictEqual as deepEqual,
  ok,
  rejects,
  strictEqual as equal,
} from "node:assert/strict";
import { pump } from "./pump.ts";
import { MemoryStream } from "./testing/memory_stream.ts";

const data = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 2654435761) >>> 13);
const NOTHING = new Uint8Array(0);

Deno.test("pump passes everything on, in pieces of any size, and then the end", async () => {
  for (const [readBytes, writeBytes] of [[1000, 300], [100_000, 5000], [50_000, 100_000]]) {
    const from = new MemoryStream(data, readBytes);
    const to = new MemoryStream(NOTHING, writeBytes);
    const seen: number[] = [];
    await pump(from, to, (bytes) => seen.push(...bytes));
    deepEqual(Uint8Array.from(to.written), data);
    deepEqual(Uint8Array.from(seen), data);
    ok(to.writeClosed);
  }
});

Deno.test("pump reads no further than could be written", async () => {
  const from = new MemoryStream(data, 1000);
  const to = new MemoryStream(NOTHING);
  to.write = () => Promise.reject(new Error("full"));
  await rejects(pump(from, to), /full/);
  equal(from.taken, 1000);
  equal(to.writeClosed, false);
});
