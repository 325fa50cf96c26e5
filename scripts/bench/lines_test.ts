import assert from "node:assert/strict";
import { TextLineStream } from "./lines.ts";

Deno.test("TextLineStream joins chunks and keeps an unterminated last line", async () => {
  const chunks = ReadableStream.from(["on", "e\ntwo\n\nth", "ree"]);
  const lines = await Array.fromAsync(chunks.pipeThrough(new TextLineStream()));
  assert.deepEqual(lines, ["one", "two", "", "three"]);
});
