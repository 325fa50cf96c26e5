import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { Message, MessageOwner } from "./message.ts";
import { MessageQueue } from "./message_queue.ts";

const message = (owner: unknown, number: number) => ({ owner, number }) as unknown as Message;

function numbersIn(queue: MessageQueue): unknown[] {
  const numbers: unknown[] = [];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    numbers.push((next as unknown as { number: number }).number);
  }
  return numbers;
}

Deno.test("MessageQueue gives messages in their order, however many pass while some wait", () => {
  const queue = new MessageQueue();
  let put = 0, taken = 0;
  for (let round = 0; round < 1000; round++) {
    for (let i = 0; i < 1 + round % 7; i++) queue.push(message(null, put++));
    for (let i = 0; i < 1 + round % 6 && queue.length > 1; i++) {
      equal((queue.shift() as unknown as { number: number }).number, taken++);
    }
  }
  equal(queue.length, put - taken);
  deepEqual(numbersIn(queue), Array.from({ length: put - taken }, (_, i) => taken + i));
  equal(queue.length, 0);
});

Deno.test("MessageQueue forgets the messages of one connection, and keeps the others in order", () => {
  const queue = new MessageQueue();
  const gone = {} as MessageOwner, there = {} as MessageOwner;
  for (let number = 0; number < 6; number++) {
    queue.push(message(number % 2 === 0 ? gone : there, number));
  }
  queue.shift();
  queue.forget(gone);
  queue.push(message(gone, 6));
  deepEqual(numbersIn(queue), [1, 3, 5, 6]);
});
