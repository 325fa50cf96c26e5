import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { newRingMemory, RingReader, RingWriter } from "./ring.ts";

const RING_BYTES = 4096;
const ENTRIES = 20_000;

/** Numbers that look random, the same ones each time. */
function* numbers(): Generator<number, never> {
  for (let seed = 12345;;) yield (seed = (seed * 1103515245 + 12345) & 0x7fffffff) >>> 8;
}

function newRing() {
  const memory = newRingMemory(RING_BYTES);
  return { writer: new RingWriter(memory), reader: new RingReader(memory) };
}

function* entries(): Generator<{ kind: number; connection: number; bytes: Uint8Array }> {
  const random = numbers();
  for (let i = 0; i < ENTRIES; i++) {
    const bytes = new Uint8Array(random.next().value % 1000).fill(i);
    yield { kind: 1 + i % 7, connection: i, bytes };
  }
}

Deno.test("a ring hands out what was put in, over its end and again and again", () => {
  const { writer, reader } = newRing();
  const expected = entries();
  let count = 0;
  const readAll = () =>
    void reader.read((kind, connection, bytes, start, end) => {
      deepEqual({ kind, connection, bytes: bytes.slice(start, end) }, expected.next().value);
      count++;
    });
  for (const { kind, connection, bytes } of entries()) {
    while (writer.room() < bytes.length) {
      writer.publish();
      readAll();
    }
    writer.add(kind, connection, bytes, 0, bytes.length);
  }
  writer.publish();
  readAll();
  equal(count, ENTRIES);
});

Deno.test("bytes stand in a ring as far from a multiple of 8 as where they come from", () => {
  const { writer, reader } = newRing();
  const memory = Uint8Array.from({ length: 256 }, (_, i) => i);
  for (let phase = 0; phase < 8; phase++) {
    for (const length of [0, 1, 47, 49, 100]) {
      const source = memory.subarray(phase);
      writer.add(1, 2, source, 3, 3 + length);
      writer.publish();
      reader.read((kind, connection, bytes, start, end) => {
        deepEqual({ kind, connection }, { kind: 1, connection: 2 });
        deepEqual([...bytes.slice(start, end)], [...source.subarray(3, 3 + length)]);
        equal((bytes.byteOffset + start) % 8, (source.byteOffset + 3) % 8);
      });
    }
  }
  equal(reader.fill, 0);
});

Deno.test("what is not published is not seen, and what is full has no room", () => {
  const { writer, reader } = newRing();
  const bytes = new Uint8Array(100);
  let added = 0;
  for (; writer.room() >= bytes.length; added++) writer.add(1, added, bytes, 0, bytes.length);
  ok(added > 30 && writer.fill > 0.9, `${added} entries, ${writer.fill} full`);
  equal(reader.read(() => {}), false);
  writer.publish();
  let read = 0;
  reader.read(() => read++);
  equal(read, added);
  equal(reader.fill, 0);
});

Deno.test("each side of a ring wakes the other", async () => {
  const keepAlive = setInterval(() => {}, 1000); // as waiting for a ring does not
  const { writer, reader } = newRing();
  const something = reader.waitForEntries();
  writer.addNumber(1, 2, 3);
  writer.publish();
  await something?.told;
  while (writer.room() >= 4) writer.addNumber(1, 2, 3);
  writer.publish();
  const room = writer.waitForRoom();
  reader.read(() => {});
  await room?.told;
  ok(writer.room() > RING_BYTES / 2 - 100);
  clearInterval(keepAlive);
});
