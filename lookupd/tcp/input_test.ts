import { rejects, strictEqual as equal } from "node:assert/strict";
import type { ByteStream } from "../../lib/wire/byte_stream.ts";
import { Input, LineTooLongError } from "./input.ts";

/** A stream that gives these pieces, one a read. */
function streamOf(...pieces: string[]): ByteStream {
  const waiting = pieces.map((piece) => Uint8Array.from(piece, (char) => char.charCodeAt(0)));
  return {
    read(into) {
      const piece = waiting.shift();
      if (piece !== undefined) into.set(piece);
      return Promise.resolve(piece?.length ?? null);
    },
    write: () => Promise.reject(new Error("nothing is written")),
    close() {},
  };
}

Deno.test("Input.line puts pieces together and tells the end", async () => {
  const input = new Input(streamOf("PI", "NG\nREGIST", "ER \xff\n\nrest"));
  equal(await input.line(100), "PING");
  equal(await input.line(100), "REGISTER \xff");
  equal(await input.line(100), "");
  equal(await input.line(100), null);
});

Deno.test("Input.line refuses a line that is too long, whether or not it ends", async () => {
  equal(await new Input(streamOf("12345\n")).line(5), "12345");
  await rejects(new Input(streamOf("123456\n")).line(5), LineTooLongError);
  await rejects(new Input(streamOf("123", "456")).line(5), LineTooLongError);
});

Deno.test("Input.bytes waits for as many as are asked for", async () => {
  const input = new Input(streamOf("a\n12", "34", "5"));
  equal(await input.line(9), "a");
  equal(String.fromCharCode(...(await input.bytes(4))!), "1234");
  equal((await input.bytes(0))!.length, 0);
  equal(await input.bytes(2), null);
});
