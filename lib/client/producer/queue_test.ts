import {
  deepStrictEqual as deepEqual,
  notStrictEqual as notEqual,
  strictEqual as equal,
} from "node:assert/strict";
import { Batch } from "./batch.ts";
import { BatchQueue } from "./queue.ts";

const nowMs = () => 0;

function collect(queue: BatchQueue, topic: string, body: string): Batch {
  const batch = queue.collect(topic, body.length, nowMs);
  batch.add(body);
  return batch;
}

Deno.test("BatchQueue.collect gives the same batch until it is full or taken", () => {
  const queue = new BatchQueue(20);
  const first = collect(queue, "a", "12345");
  equal(collect(queue, "a", "12345"), first);
  const second = collect(queue, "a", "12345");
  notEqual(second, first);
  equal(queue.take(), first);
  equal(collect(queue, "a", "1"), second);
  equal(queue.take(), second);
  notEqual(collect(queue, "a", "1"), second);
});

Deno.test("BatchQueue keeps topics apart, and the order of their batches", () => {
  const queue = new BatchQueue(100);
  collect(queue, "a", "1");
  collect(queue, "b", "2");
  collect(queue, "a", "3");
  queue.giveBack([new Batch("c", -1, false, 0)]);
  const topics: string[] = [];
  for (let batch = queue.take(); batch !== undefined; batch = queue.take()) {
    topics.push(`${batch.topic}${batch.count}`);
  }
  deepEqual(topics, ["c0", "a2", "b1"]);
  equal(queue.isEmpty, true);
});

Deno.test("BatchQueue.takeWhere takes open batches, too: nothing joins what has failed", () => {
  const queue = new BatchQueue(100);
  const failed = collect(queue, "a", "1");
  collect(queue, "b", "2");
  deepEqual(queue.takeWhere(({ topic }) => topic === "a"), [failed]);
  notEqual(collect(queue, "a", "3"), failed);
  deepEqual([queue.take()?.topic, queue.take()?.topic, queue.take()], ["b", "a", undefined]);
});
