import assert from "node:assert/strict";
import { seededRandom } from "../storage/testing/seeded_random.ts";
import {
  decodeMessageId,
  encodeMessageId,
  FOREIGN_ID,
  lastHexPair,
  messageIdString,
  readMessageId,
  SEQUENCES_PER_TICK,
  tickOf,
} from "./message_id.ts";

const MAX_NODE_ID = 1023;
const MAX_NUMBER = 2 ** 53 - 1;

function encode(number: number, nodeId: number): Uint8Array {
  const bytes = new Uint8Array(18);
  encodeMessageId(new DataView(bytes.buffer), 1, number, nodeId);
  assert.equal(bytes[0], 0);
  assert.equal(bytes[17], 0, "wrote beyond the id");
  return bytes.subarray(1, 17);
}

function decode(text: string, nodeId: number): number {
  return decodeBytes(new TextEncoder().encode(text), nodeId);
}

/** Both ways to read an id must agree. */
function decodeBytes(bytes: Uint8Array, nodeId: number): number {
  const number = decodeMessageId(bytes, 0, nodeId);
  assert.equal(readMessageId(new DataView(bytes.buffer, bytes.byteOffset), 0, nodeId), number);
  return number;
}

/** The id by its definition, in exact arithmetic. */
function expectedId(number: number, nodeId: number): string {
  const n = BigInt(number), perTick = BigInt(SEQUENCES_PER_TICK);
  const id = (n / perTick << 22n) | BigInt(nodeId) << 12n | n % perTick;
  return id.toString(16).padStart(16, "0");
}

Deno.test("encodeMessageId writes tick, node id and sequence as 16 hexadecimal characters", () => {
  const random = seededRandom(1);
  const numbers = [0, 1, 255, 256, 4095, 4096, 2 ** 26 - 1, 2 ** 26, 2 ** 38, MAX_NUMBER];
  for (let i = 0; i < 2000; i++) numbers.push(Math.floor(random() * 2 ** (random() * 53)));
  for (const number of numbers) {
    for (const nodeId of [0, 1, 3, 4, 512, MAX_NODE_ID, Math.floor(random() * 1024)]) {
      const bytes = encode(number, nodeId);
      assert.equal(messageIdString(bytes, 0), expectedId(number, nodeId));
      assert.equal(decodeBytes(bytes, nodeId), number);
    }
  }
});

Deno.test("decodeMessageId calls an id of another node foreign", () => {
  for (const nodeId of [0, 1, 512, MAX_NODE_ID]) {
    const bytes = encode(123456789, nodeId);
    for (const other of [0, 1, 2, 512, 513, 1022, MAX_NODE_ID]) {
      const expected = other === nodeId ? 123456789 : FOREIGN_ID;
      assert.equal(decodeBytes(bytes, other), expected);
    }
  }
});

Deno.test("decodeMessageId calls foreign what is not lower-case hexadecimal, in any place", () => {
  const id = expectedId(987654321, 5);
  assert.equal(decode(id, 5), 987654321);
  for (let at = 0; at < 16; at++) {
    for (const wrong of ["g", "A", "F", " ", "/", ":", "`", "\0", "\xff"]) {
      const bytes = Uint8Array.from(id, (character) => character.charCodeAt(0));
      bytes[at] = wrong.charCodeAt(0);
      assert.equal(decodeBytes(bytes, 5), FOREIGN_ID, `${wrong} at ${at}`);
    }
  }
});

Deno.test("decodeMessageId calls foreign what is no exact double", () => {
  const largest = encode(MAX_NUMBER, 7);
  assert.equal(largest[0], "7".charCodeAt(0));
  assert.equal(decodeBytes(largest, 7), MAX_NUMBER);
  for (const first of "89abcdef") {
    largest[0] = first.charCodeAt(0);
    assert.equal(decodeBytes(largest, 7), FOREIGN_ID);
  }
});

Deno.test("an id is read as itself whatever was read before it", () => {
  const random = seededRandom(2);
  const ids = [0, 1, 4095, 4096, 2 ** 26, 2 ** 38].flatMap((number) => [
    encode(number, 3),
    encode(number, 4),
    Uint8Array.from(encode(number, 3), (byte, at) => at === 11 ? "x".charCodeAt(0) : byte),
    Uint8Array.from(encode(number, 3), (byte, at) => at === 15 ? "X".charCodeAt(0) : byte),
  ]);
  for (let i = 0; i < 5000; i++) {
    const bytes = ids[Math.floor(random() * ids.length)]!;
    decodeBytes(bytes, 3 + Math.floor(random() * 2));
  }
});

Deno.test("each byte in each place of an id is read alike in both ways", () => {
  for (const id of [expectedId(987654321, 5), expectedId(MAX_NUMBER - 7, 1023)]) {
    for (let at = 0; at < 16; at++) {
      for (let byte = 0; byte < 256; byte++) {
        const bytes = Uint8Array.from(id, (character) => character.charCodeAt(0));
        bytes[at] = byte;
        decodeBytes(bytes, 5);
        decodeBytes(bytes, 1023);
      }
    }
  }
});

Deno.test("lastHexPair gives the two characters that follow the prefix of a block", () => {
  for (let low = 0; low < 256; low++) {
    const bytes = new Uint8Array(2);
    new DataView(bytes.buffer).setUint16(0, lastHexPair(low));
    assert.equal(new TextDecoder().decode(bytes), low.toString(16).padStart(2, "0"));
  }
});

Deno.test("tickOf counts 2^20 ns since the epoch of the ids", () => {
  const epochMs = Math.ceil(1288834974288 * 2 ** 20 / 1e6);
  assert.equal(tickOf(epochMs), 0);
  for (const ms of [epochMs + 1, 1_700_000_000_000, 1_800_000_000_123, 4_000_000_000_000]) {
    assert.equal(BigInt(tickOf(ms)), (BigInt(ms) * 1_000_000n >> 20n) - 1288834974288n);
  }
});
