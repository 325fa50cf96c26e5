import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { newRingMemory, RingReader, RingWriter } from "../ring.ts";
import { PART } from "./entries.ts";
import { Outbox } from "./outbox.ts";
import { Parts } from "./parts.ts";

const RING_BYTES = 1024 * 1024;

Deno.test("an outbox keeps the order of what does not fit into the ring, and of what comes after it", () => {
  const memory = newRingMemory(RING_BYTES);
  const ring = new RingWriter(memory), reader = new RingReader(memory);
  const resumes: (() => void)[] = [];
  const link = { ring, whenRoom: (r: () => void) => resumes.push(r) };
  const outbox = new Outbox(link);
  const sizes = Array.from({ length: 60 }, (_, i) => i % 20 === 0 ? 1_500_000 : i);
  for (const [number, size] of sizes.entries()) {
    outbox.addLong(100, number, new Uint8Array(size).fill(number));
  }
  const parts = new Parts();
  const got: number[] = [];
  const take = () => {
    ring.publish();
    return reader.read((kind, number, bytes, start, end) => {
      if (kind === PART) return parts.add(number, bytes, start, end);
      const whole = parts.take(number, bytes, start, end) ?? bytes.slice(start, end);
      equal(number, got.length);
      for (const at of [0, whole.length >> 1, whole.length - 1]) {
        equal(whole.at(at) ?? number, number);
      }
      got.push(whole.length);
    });
  };
  while (take()) for (const resume of resumes.splice(0)) resume();
  deepEqual(got, sizes);
});
