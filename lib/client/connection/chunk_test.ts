import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { joined } from "../../wire/joined.ts";
import { type Chunk, FrameError, FrameReader } from "./chunk.ts";

/** A frame of `length` bytes of data, all of them `fill`. */
function frame(length: number, fill: number): Uint8Array {
  const bytes = new Uint8Array(8 + length).fill(fill, 8);
  new DataView(bytes.buffer).setInt32(0, 4 + length);
  return bytes;
}

/** Gives `bytes` to the reader, as reads of at most `readBytes` would; calls `take` for every frame. */
function feed(
  reader: FrameReader,
  bytes: Uint8Array,
  readBytes: number,
  take: (data: Uint8Array) => void,
): void {
  for (let at = 0; at < bytes.length;) {
    const room = reader.room();
    const part = bytes.subarray(at, at + Math.min(readBytes, room.length));
    room.set(part);
    reader.received(part.length);
    at += part.length;
    for (let end = reader.frameEnd(); end > 0; end = reader.frameEnd()) {
      take(reader.chunk.bytes.subarray(reader.start + 8, end));
      reader.start = end;
    }
  }
}

const LENGTHS = [0, 1, 100, 5000, 16_376, 16_377, 40_000, 3, 300_000, 200];

Deno.test("FrameReader finds frames however they are cut into reads", () => {
  const bytes = joined(LENGTHS.map((length, i) => frame(length, i + 1)));
  for (const readBytes of [1, 7, 4096, 65_536, bytes.length]) {
    const reader = new FrameReader(), seen: [number, boolean][] = [];
    feed(reader, bytes, readBytes, (data) => {
      seen.push([data.length, data.every((byte) => byte === seen.length + 1)]);
    });
    equal(seen, LENGTHS.map((length) => [length, true]), `${readBytes}`);
  }
});

Deno.test("FrameReader never writes over a chunk that is shared or has unanswered messages", () => {
  for (const hold of ["isShared", "unanswered"] as const) {
    const reader = new FrameReader(), held: Uint8Array[] = [];
    for (let i = 0; i < 200; i++) {
      feed(reader, frame(1000, i), 700, (data) => {
        if (hold === "isShared") reader.chunk.isShared = true;
        else reader.chunk.unanswered++;
        held.push(data);
      });
    }
    equal(held.map((data) => data.every((byte) => byte === data[0])), held.map(() => true));
    equal(held.map((data) => data[0]), held.map((_, i) => i));
  }
});

Deno.test("FrameReader uses one piece of memory again and again for what nobody holds", () => {
  const reader = new FrameReader();
  const { buffer } = reader.chunk.bytes;
  for (let i = 0; i < 1000; i++) feed(reader, frame(1000, i), 1008, () => {});
  equal(reader.chunk.bytes.buffer === buffer, true);
});

Deno.test("FrameReader comes back to memory whose messages were answered later", () => {
  const reader = new FrameReader(), buffers = new Set<unknown>();
  const inFlight: { chunk: Chunk; data: Uint8Array; fill: number }[] = [];
  for (let i = 0; i < 2000; i++) {
    feed(reader, frame(1000, i), 1008, (data) => {
      reader.chunk.unanswered++;
      buffers.add(data.buffer);
      inFlight.push({ chunk: reader.chunk, data, fill: i & 0xff });
    });
    if (inFlight.length <= 300) continue;
    const { chunk, data, fill } = inFlight.shift()!;
    equal(data.every((byte) => byte === fill), true, `message ${i}`);
    chunk.unanswered--;
  }
  // 300 messages of 1 KB fill 20 chunks of 16 KB; 2000 would fill 130.
  equal(buffers.size < 30, true, `${buffers.size} pieces of memory`);
});

Deno.test("FrameReader never comes back to memory that somebody was given after it was left", () => {
  const reader = new FrameReader(), left = new Set<Chunk>();
  for (let i = 0; i < 600; i++) {
    feed(reader, frame(1000, i), 1008, () => {
      if (!left.has(reader.chunk)) reader.chunk.unanswered++;
      left.add(reader.chunk);
    });
  }
  const first = [...left][0]!;
  const { buffer } = first.bytes;
  first.isShared = true;
  for (const chunk of left) chunk.unanswered = 0;
  for (let i = 0; i < 600; i++) {
    feed(reader, frame(1000, i), 1008, () => {
      equal(reader.chunk.bytes.buffer === buffer, false);
      reader.chunk.isShared = true;
    });
  }
  equal(first.bytes.buffer === buffer, true);
});

Deno.test("FrameReader takes memory for what was received, not for what a frame claims", () => {
  const reader = new FrameReader();
  const head = new Uint8Array(100);
  new DataView(head.buffer).setInt32(0, 1 << 30);
  feed(reader, head, 100, () => {});
  equal(reader.room().length <= 128 * 1024, true);
});

Deno.test("FrameReader refuses a size that no frame can have", () => {
  const reader = new FrameReader();
  throws(() => feed(reader, new Uint8Array(8), 8, () => {}), FrameError);
});
