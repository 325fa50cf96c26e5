import assert from "node:assert/strict";
import { OutputBuffer } from "./output_buffer.ts";
import { OutputMemory } from "./output_memory.ts";
import { FrameType } from "./protocol.ts";

function add(output: OutputBuffer, ...values: number[]): void {
  const at = output.reserve(values.length);
  output.bytes.set(values, at);
  output.length += values.length;
}

Deno.test("OutputBuffer.frame writes size, type and one byte per character", () => {
  const output = new OutputBuffer(new OutputMemory());
  output.frame(FrameType.Error, "E\xff");
  assert.deepEqual([...output.take()], [0, 0, 0, 6, 0, 0, 0, 1, 0x45, 0xff]);
});

Deno.test("OutputBuffer keeps what is taken while more is added", () => {
  const output = new OutputBuffer(new OutputMemory());
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

Deno.test("OutputBuffer borrows the same memory again", () => {
  const output = new OutputBuffer(new OutputMemory());
  const buffers = new Set<ArrayBufferLike>();
  for (let i = 0; i < 10; i++) {
    add(output, i);
    buffers.add(output.bytes.buffer);
    assert.deepEqual([...output.take()], [i]);
    output.release();
  }
  assert.equal(buffers.size, 1);
});

Deno.test("OutputBuffer.reserve grows and keeps what is there", () => {
  const output = new OutputBuffer(new OutputMemory());
  assert.equal(output.bytes.length, 0, "nothing before it is needed");
  const values = Array.from({ length: 5000 }, (_, i) => i & 0xff);
  for (const value of values) add(output, value);
  assert.equal(output.view.buffer, output.bytes.buffer);
  assert.deepEqual([...output.take()], values);
  output.release();
  assert.equal(output.reserve(1_000_000), 0);
  assert.ok(output.bytes.length >= 1_000_000);
});

Deno.test("OutputBuffer owns memory only while something stands in it", () => {
  const memory = new OutputMemory();
  const output = new OutputBuffer(memory);
  output.length = output.reserve(10_000) + 10_000;
  assert.ok(memory.lentBytes >= 10_000);
  output.take();
  add(output, 1);
  output.release();
  assert.equal(memory.lentBytes, 16_384, "as much as was sent last");
  output.take();
  output.release();
  assert.equal(memory.lentBytes, 0);
  add(output, 7);
  assert.deepEqual([...output.take()], [7]);
});

Deno.test("OutputBuffer.close drops what waits and takes nothing more", () => {
  const memory = new OutputMemory();
  const output = new OutputBuffer(memory);
  add(output, 1);
  const taken = output.take();
  add(output, 2);
  output.close();
  assert.deepEqual([...taken], [1], "what is being written stays until then");
  assert.ok(output.roomBytes < 0);
  output.release();
  assert.equal(memory.lentBytes, 0);
});

Deno.test("OutputBuffer.roomBytes is a share of what is left, and one message for who has read all", () => {
  const memory = new OutputMemory(1_000_000);
  const deaf = Array.from({ length: 100 }, () => new OutputBuffer(memory));
  const reader = new OutputBuffer(memory);
  for (let round = 0; round < 1000; round++) {
    for (const output of deaf) if (output.roomBytes >= 0) add(output, ...new Array(1000).fill(0));
  }
  assert.ok(memory.lentBytes <= memory.limitBytes);
  assert.ok(deaf.every((output) => output.pending > 0));
  assert.ok(reader.roomBytes > 0);
  assert.ok(deaf.every((output) => output.roomBytes < reader.roomBytes));
  const large = new OutputBuffer(memory);
  large.length = large.reserve(2_000_000) + 2_000_000;
  assert.equal(reader.roomBytes, 0, "a message may go");
  add(reader, 1);
  assert.ok(reader.roomBytes < 0, "no second one");
});
