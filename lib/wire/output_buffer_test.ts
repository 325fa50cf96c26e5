import assert from "node:assert/strict";
import { OutputBuffer } from "./output_buffer.ts";
import { FrameType } from "./protocol.ts";

function add(output: OutputBuffer, ...values: number[]): void {
  const at = output.reserve(values.length);
  output.bytes.set(values, at);
  output.length += values.length;
}

Deno.test("OutputBuffer.frame writes size, type and one byte per character", () => {
  const output = new OutputBuffer();
  output.frame(FrameType.Error, "E\xff");
  assert.deepEqual([...output.take()], [0, 0, 0, 6, 0, 0, 0, 1, 0x45, 0xff]);
});

Deno.test("OutputBuffer keeps what is taken while more is added", () => {
  const output = new OutputBuffer();
  add(output, 1, 2, 3);
  const first = output.take();
  add(output, 4, 5);
  assert.deepEqual([...first], [1, 2, 3]);
  assert.equal(output.length, 2);
  assert.equal(output.pending, 5);
  output.release();
  assert.equal(output.pending, 2);
  assert.deepEqual([...output.take()], [4, 5]);
});

Deno.test("OutputBuffer swaps two buffers and allocates no other", () => {
  const output = new OutputBuffer();
  const buffers = new Set<ArrayBufferLike>();
  for (let i = 0; i < 10; i++) {
    add(output, i);
    buffers.add(output.bytes.buffer);
    assert.deepEqual([...output.take()], [i]);
    output.release();
  }
  assert.equal(buffers.size, 2);
});

Deno.test("OutputBuffer.reserve grows and keeps what is there", () => {
  const output = new OutputBuffer();
  assert.equal(output.bytes.length, 0, "nothing before it is needed");
  const values = Array.from({ length: 5000 }, (_, i) => i & 0xff);
  for (const value of values) add(output, value);
  assert.equal(output.view.buffer, output.bytes.buffer);
  assert.deepEqual([...output.take()], values);
  output.release();
  assert.equal(output.reserve(1_000_000), 0);
  assert.ok(output.bytes.length >= 1_000_000);
});

Deno.test("OutputBuffer.release does not keep a large buffer", () => {
  const output = new OutputBuffer();
  output.length = output.reserve(5_000_000) + 5_000_000;
  output.take();
  output.release();
  add(output, 1);
  output.take();
  assert.ok(output.bytes.length < 1024, "the large one is gone");
});

Deno.test("OutputBuffer.shrink gives back what is not in use", () => {
  const output = new OutputBuffer();
  output.length = output.reserve(10_000) + 10_000;
  output.shrink();
  assert.equal(output.length, 10_000, "what waits stays");
  const taken = output.take();
  output.shrink();
  assert.equal(taken.length, 10_000);
  output.release();
  output.shrink();
  assert.equal(output.bytes.length, 0);
  add(output, 7);
  assert.deepEqual([...output.take()], [7]);
});
