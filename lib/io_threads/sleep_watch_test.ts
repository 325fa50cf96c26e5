import { ok, strictEqual as equal } from "node:assert/strict";
import { NextTurn } from "./next_turn.ts";
import { newRingMemory, RingReader, RingWriter } from "./ring.ts";
import { SleepWatch } from "./sleep_watch.ts";

const RING_BYTES = 4096;

Deno.test("who is not told of a change is woken all the same, and it is said", async () => {
  let lost = 0;
  const watch = new SleepWatch(() => lost++);
  const never = new Promise(() => {});
  await watch.sleep({ told: never, hasHappened: () => true }, () => {});
  equal(lost, 1);
  await watch.sleep(null, () => {}); // a turn that does not come
  equal(lost, 2);
  watch.stop();
});

Deno.test("who waits for what has not happened is left asleep, and woken when told", async () => {
  const watch = new SleepWatch(() => ok(false, "lost"));
  const memory = newRingMemory(RING_BYTES);
  const writer = new RingWriter(memory), reader = new RingReader(memory);
  let isAwake = false;
  const slept = new NextTurn(watch).after(reader.waitForEntries()).then(() => isAwake = true);
  await new Promise((resolve) => setTimeout(resolve, 2500)); // it has been looked twice
  equal(isAwake, false);
  writer.addNumber(1, 2, 3);
  writer.publish();
  await slept;
  watch.stop();
});
