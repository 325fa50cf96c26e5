import { deepStrictEqual as deepEqual, ok, rejects } from "node:assert/strict";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { constants } from "node:zlib";
import { DeflateStream } from "./deflate_stream.ts";
import { MemoryStream, readAll } from "./testing/memory_stream.ts";
import { writeAll } from "./write_all.ts";

const NOTHING = new Uint8Array(0);
const LEVEL = 6;
const compressible = new Uint8Array(300_000).map((_, index) => index >> 6);
const random = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 2654435761) >>> 13);

Deno.test("DeflateStream writes what zlib reads, complete after every write", async () => {
  for (const data of [compressible, random]) {
    const out = new MemoryStream(NOTHING, 5000);
    const stream = new DeflateStream(out, NOTHING, LEVEL);
    for (const end of [data.length >> 1, data.length]) {
      await writeAll(stream, data.subarray(end === data.length ? data.length >> 1 : 0, end));
      const soFar = inflateRawSync(Uint8Array.from(out.written), {
        finishFlush: constants.Z_SYNC_FLUSH,
      });
      deepEqual(new Uint8Array(soFar), data.subarray(0, end));
    }
    stream.close();
  }
});

Deno.test("DeflateStream reads what zlib writes, begun before or not, in pieces of any size", async () => {
  const deflated = new Uint8Array(deflateRawSync(random));
  for (const cut of [0, 1, 5000, deflated.length]) {
    for (const pieceBytes of [100, 20_000]) {
      const inner = new MemoryStream(deflated.subarray(cut), pieceBytes);
      const stream = new DeflateStream(inner, deflated.subarray(0, cut), LEVEL);
      deepEqual(await readAll(stream), random);
      stream.close();
    }
  }
});

Deno.test("DeflateStream refuses what is not deflate", async () => {
  const stream = new DeflateStream(new MemoryStream(new Uint8Array(50).fill(7)), NOTHING, LEVEL);
  await rejects(readAll(stream), /invalid block type/);
  stream.close();
});

Deno.test("DeflateStream inflates no more than is taken, and a little", async () => {
  const bomb = new Uint8Array(deflateRawSync(new Uint8Array(50_000_000)));
  const inner = new MemoryStream(bomb, 500);
  const stream = new DeflateStream(inner, NOTHING, LEVEL);
  await stream.read(new Uint8Array(100));
  ok(inner.taken <= 1000, `${inner.taken} of ${bomb.length}`);
  stream.close();
});
