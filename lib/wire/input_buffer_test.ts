import assert from "node:assert/strict";
import { seededRandom } from "../storage/testing/seeded_random.ts";
import { InputBuffer } from "./input_buffer.ts";

/** Puts `bytes` into the buffer as one read would. @returns how many there was room for */
function receive(input: InputBuffer, bytes: Uint8Array): number {
  const room = input.room();
  const count = Math.min(room.length, bytes.length);
  room.set(bytes.subarray(0, count));
  input.received(count);
  return count;
}

function waiting(input: InputBuffer): Uint8Array {
  return input.bytes.subarray(input.start, input.end);
}

Deno.test("InputBuffer keeps what was received in order, however it is read", () => {
  const random = seededRandom(3);
  const input = new InputBuffer();
  let next = 0, expected = 0;
  for (let i = 0; i < 3000; i++) {
    const bytes = Uint8Array.from({ length: 1 + Math.floor(random() * 900) }, (_, k) => next + k);
    next += receive(input, bytes);
    const take = random() < 0.2 ? input.end - input.start : Math.floor(random() * 700);
    for (const byte of waiting(input).subarray(0, take)) assert.equal(byte, expected++ & 0xff);
    input.start += Math.min(take, input.end - input.start);
    assert.equal(input.view.buffer, input.bytes.buffer);
  }
  assert.equal(input.end - input.start, next - expected);
});

Deno.test("InputBuffer.room is never empty", () => {
  const input = new InputBuffer();
  for (let i = 0; i < 100; i++) assert.ok(receive(input, new Uint8Array(5000)) > 0);
});

Deno.test("InputBuffer starts again at its beginning when it is empty", () => {
  const input = new InputBuffer();
  receive(input, new Uint8Array(100));
  input.start = input.end;
  assert.equal(input.room().byteOffset, 0);
});

Deno.test("InputBuffer grows with what was received, not beyond its double", () => {
  const input = new InputBuffer();
  assert.ok(input.bytes.length < 1024, "an idle connection costs little");
  let received = 0;
  while (received < 3_000_000) {
    received += receive(input, new Uint8Array(3_000_000 - received));
    assert.ok(input.bytes.length <= Math.max(4 * received, 16 * 1024), `${received} received`);
  }
  assert.ok(input.bytes.length <= 2 * 3_000_000 + 256 * 1024);
});

Deno.test("InputBuffer.shrink gives memory back, but nothing that was not parsed", () => {
  const input = new InputBuffer();
  receive(input, new Uint8Array(512));
  receive(input, Uint8Array.of(1, 2, 3));
  const { length } = input.bytes;
  input.shrink();
  assert.equal(input.bytes.length, length);
  assert.deepEqual([...waiting(input).subarray(-3)], [1, 2, 3]);
  input.start = input.end;
  input.shrink();
  assert.ok(input.bytes.length < 1024);
  receive(input, Uint8Array.of(9));
  assert.deepEqual([...waiting(input)], [9]);
});

for (const isShared of [false, true]) {
  const how = isShared ? "appendShared" : "append";
  Deno.test(`InputBuffer.${how} keeps all in order, and how far from a multiple of 8 it stands`, () => {
    const random = seededRandom(4);
    const input = new InputBuffer();
    if (isShared) input.clear();
    const other = new InputBuffer();
    other.clear();
    const source = Uint8Array.from({ length: 100_000 }, (_, i) => i * 7);
    let taken = 0;
    for (let at = 0; at < source.length;) {
      const end = Math.min(source.length, at + Math.floor(random() * 3000));
      input[how](source, at, end);
      at = end;
      assert.equal(input.end % 8, end % 8);
      const count = Math.floor(random() * (input.end - input.start + 1));
      assert.deepEqual(waiting(input).subarray(0, count), source.subarray(taken, taken + count));
      input.start += count;
      taken += count;
      if (random() < 0.3) {
        input.start += input.end - input.start;
        taken = end;
      }
      input.keep();
      if (random() < 0.3) input.clear();
      other.appendShared(source, 0, end);
      other.start = other.end;
      other.keep();
    }
  });
}
