import {
  deepStrictEqual as deepEqual,
  ok,
  rejects,
  strictEqual as equal,
} from "node:assert/strict";
import { snappyCompressor } from "hysnappy";
import { maskedCrc32c } from "./crc32c.ts";
import { SnappyError, STREAM_START } from "./snappy_chunks.ts";
import { SnappyStream } from "./snappy_stream.ts";
import { MemoryStream, readAll } from "./testing/memory_stream.ts";
import { writeAll } from "./write_all.ts";

const NOTHING = new Uint8Array(0);
const compress = snappyCompressor();

const compressible = new Uint8Array(200_000).map((_, index) => index >> 6);
const random = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 2654435761) >>> 13);

function bytes(...parts: (Uint8Array | number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** A data chunk. @param crc of the data, unless another is to stand there */
function chunk(type: number, body: Uint8Array, crc: number): Uint8Array {
  const head = new Uint8Array(8);
  const view = new DataView(head.buffer);
  view.setUint32(0, type | (body.length + 4) << 8, true);
  view.setUint32(4, crc, true);
  return bytes(head, body);
}

Deno.test("SnappyStream reads what SnappyStream writes, in pieces of any size", async () => {
  for (const pieceBytes of [1, 7, 5000]) {
    for (const data of [compressible, random, bytes([1]), NOTHING]) {
      if (pieceBytes === 1 && data === compressible) continue; // the same, only slower
      const out = new MemoryStream(NOTHING, pieceBytes);
      const writer = new SnappyStream(out, NOTHING);
      await writeAll(writer, data.subarray(0, data.length >> 1));
      await writeAll(writer, data.subarray(data.length >> 1));
      const reader = new SnappyStream(
        new MemoryStream(Uint8Array.from(out.written), pieceBytes),
        NOTHING,
      );
      deepEqual(await readAll(reader), data);
      if (data === compressible) ok(out.written.length < data.length / 4);
      if (data === random) ok(out.written.length < data.length + 100);
    }
  }
});

Deno.test("SnappyStream begins with what was received before it", async () => {
  const whole = bytes(
    STREAM_START,
    chunk(1, random.subarray(0, 50), maskedCrc32c(random.subarray(0, 50))),
  );
  for (const cut of [0, 3, STREAM_START.length, 20, whole.length]) {
    const reader = new SnappyStream(new MemoryStream(whole.subarray(cut)), whole.subarray(0, cut));
    deepEqual(await readAll(reader), random.subarray(0, 50));
  }
});

Deno.test("SnappyStream skips padding and chunks it may skip", async () => {
  const text = bytes([1, 2, 3]);
  const data = chunk(0, compress(text), maskedCrc32c(text));
  const padding = bytes([0xfe, 0x50, 0xc3, 0], new Uint8Array(50_000));
  const input = bytes(STREAM_START, padding, data, [0x80, 0, 0, 0], STREAM_START, data);
  deepEqual(await readAll(new SnappyStream(new MemoryStream(input), NOTHING)), bytes(text, text));
});

Deno.test("SnappyStream refuses what is no snappy stream", async () => {
  const text = bytes([1, 2, 3, 4]);
  const crc = maskedCrc32c(text);
  const good = chunk(0, compress(text), crc);
  const inputs: [string, Uint8Array][] = [
    ["no identifier", good],
    ["wrong identifier", bytes(STREAM_START.map((byte) => byte === 0x4e ? 0x6e : byte), good)],
    ["wrong checksum", bytes(STREAM_START, chunk(0, compress(text), crc ^ 1))],
    ["wrong checksum, uncompressed", bytes(STREAM_START, chunk(1, text, crc ^ 1))],
    ["type that must not be skipped", bytes(STREAM_START, [0x02, 4, 0, 0, 1, 2, 3, 4])],
    ["longer than a chunk may be", bytes(STREAM_START, [0x00, 0xff, 0xff, 0xff])],
    ["shorter than its checksum", bytes(STREAM_START, [0x00, 3, 0, 0, 1, 2, 3])],
    ["claims more than 64 KB", bytes(STREAM_START, chunk(0, bytes([0x81, 0x80, 0x04], text), crc))],
    ["claims nothing", bytes(STREAM_START, chunk(0, NOTHING, crc))],
    ["too much data", bytes(STREAM_START, chunk(1, new Uint8Array(65_537), 0))],
    [
      "copy from before the start",
      bytes(STREAM_START, chunk(0, bytes([8, 0, 1, 0x12, 9, 0]), crc)),
    ],
    ["cut off", bytes(STREAM_START, good.subarray(0, 10))],
    ["cut off in what is skipped", bytes(STREAM_START, [0xfe, 9, 0, 0, 0])],
  ];
  for (const [name, input] of inputs) {
    const reader = new SnappyStream(new MemoryStream(input), NOTHING);
    await rejects(readAll(reader), SnappyError, name);
  }
});

Deno.test("SnappyStream uncompresses no more than is taken, and a chunk", async () => {
  const zeros = new Uint8Array(65_536);
  const bomb = chunk(0, compress(zeros), maskedCrc32c(zeros));
  const inner = new MemoryStream(bytes(STREAM_START, ...Array(50).fill(bomb)), bomb.length);
  const reader = new SnappyStream(inner, NOTHING);
  equal(await reader.read(new Uint8Array(100)), 100);
  ok(inner.taken <= 3 * bomb.length, `${inner.taken} of ${bomb.length} each`);
});
