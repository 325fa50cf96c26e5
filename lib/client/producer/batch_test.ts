import { deepStrictEqual as deepEqual, rejects, strictEqual as equal } from "node:assert/strict";
import { OutputBuffer } from "../../wire/output_buffer.ts";
import { OutputMemory } from "../../wire/output_memory.ts";
import { Batch } from "./batch.ts";
import { PublishError } from "./error.ts";

function batchOf(delayMs: number, ...bodies: (string | Uint8Array)[]): Batch {
  const batch = new Batch("topic", delayMs, false, 0);
  for (const body of bodies) batch.add(body);
  return batch;
}

/** What a connection would send; bytes below space as `\x..`. */
function written(batch: Batch): string {
  const output = new OutputBuffer(new OutputMemory());
  batch.writeTo(output);
  return Array.from(output.take(), (byte) => byte >= 0x20 ? String.fromCharCode(byte) : `<${byte}>`)
    .join("");
}

Deno.test("Batch.writeTo writes PUB for one message, DPUB for a deferred one, and MPUB for more", () => {
  equal(written(batchOf(-1, "ab")), "PUB topic<10><0><0><0><2>ab");
  equal(written(batchOf(0, "ab")), "DPUB topic 0<10><0><0><0><2>ab");
  equal(
    written(batchOf(-1, "ab", new Uint8Array([0x63]))),
    "MPUB topic<10><0><0><0><15><0><0><0><2><0><0><0><2>ab<0><0><0><1>c",
  );
});

Deno.test("Batch.add counts the bytes of UTF-8, and grows", () => {
  const batch = batchOf(-1, "ä€😀");
  equal(batch.bodyBytes, 9);
  for (let i = 0; i < 1000; i++) batch.add("x".repeat(10));
  deepEqual([batch.count, batch.bodyBytes, batch.length], [1001, 10_009, 14_013]);
});

Deno.test("Batch.split leaves each message with its own promise", async () => {
  const batch = new Batch("topic", -1, false, 0);
  const promises = ["a", "bc"].map((body) => {
    batch.add(body);
    return batch.settled();
  });
  batch.tries = 2;
  const [first, second] = batch.split();
  equal(written(first!), "PUB topic<10><0><0><0><1>a");
  equal(written(second!), "PUB topic<10><0><0><0><2>bc");
  first!.tries++;
  first!.acknowledge("nsqd:1");
  second!.attempts.push({ nsqd: "nsqd:1", reason: "E_BAD_MESSAGE", acknowledged: false });
  second!.fail("failed");
  deepEqual(await promises[0], { nsqd: "nsqd:1", attempts: 2 });
  await rejects(promises[1]!, new PublishError("failed", second!.attempts));
});
