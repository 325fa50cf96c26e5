import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { inspectSegment } from "./damage.ts";
import { StoredJournal } from "./stored_journal.ts";
import { Buffer } from "node:buffer";
import { seededRandom } from "../storage/testing/seeded_random.ts";
import { SimulatedDisk } from "../storage/testing/simulated_disk.ts";
import {
  complaints,
  MUCH,
  newTest,
  otherTopic,
  publishMuch,
  publishMuchTo,
  SEGMENT_BYTES,
  settled,
  spares,
  unfinished,
} from "./testing/busy_journal.ts";
import { records, type TestJournal } from "./testing/harness.ts";
import type { Segment } from "./segment.ts";
import { NOTHING_WAITS } from "./topic_state.ts";

/** All that was published is finished: a segment that was left is needed by nobody. */
async function finishAll(test: TestJournal): Promise<void> {
  test.journal.channels.get("c")!.moveTo(test.journal.endIndex);
  await test.commit();
  await settled();
}

/** A journal whose first segment is full. */
async function withFull(): Promise<TestJournal> {
  const test = newTest(new SimulatedDisk(), "recycled");
  test.journal.createChannel("c", 0);
  test.journal.setWaitingFrom(NOTHING_WAITS);
  for (let i = 0; i < 70; i++) await publishMuch(test);
  strictEqual(test.journal.segments.last!.number, 2);
  return test;
}

/** The same, when nobody needs that segment any more. */
async function withRecycled(): Promise<TestJournal> {
  const test = await withFull();
  await finishAll(test);
  strictEqual(spares(test).length, 1);
  return test;
}

Deno.test("a segment that nobody needs is written to again, and what it held is never seen", async () => {
  const test = await withRecycled();
  for (let i = 0; i < 30; i++) await publishMuch(test);
  const { last } = test.journal.segments;
  deepStrictEqual(test.spares.figures, { taken: 1, recycled: 1 });
  ok(test.disk.content(last!.path)!.length > SEGMENT_BYTES * 0.9);
  ok(last!.bytes < SEGMENT_BYTES / 2);

  const next = newTest(test.disk.restart());
  strictEqual(unfinished(next), 30);
  deepStrictEqual(complaints(next), []);
  strictEqual(next.disk.content(last!.path)!.length, last!.bytes);
});

Deno.test("another topic writes to it, and neither sees what is the other's", async () => {
  const test = await withRecycled();
  const { disk } = test;
  const other = otherTopic(test, "other");
  other.createChannel("c", 0);
  other.setWaitingFrom(NOTHING_WAITS);
  for (let i = 0; i < 30; i++) {
    await publishMuchTo(test, other);
  }
  strictEqual(test.spares.figures.recycled, 1);
  const next = newTest(disk.restart());
  const otherNext = otherTopic(next, "other");
  deepStrictEqual([unfinished(next), otherNext.channels.get("c")!.depth], [0, 30]);
  strictEqual(otherNext.endIndex, 30);
  deepStrictEqual(complaints(next), []);
});

Deno.test("of one that nothing was written to yet nothing is left after kill -9", async () => {
  const test = await withRecycled();
  const [spare] = spares(test), bytes = test.disk.content(`${spare}`)!;
  const disk = test.disk.restart();
  disk.put("/d/t.journal.000003.dat", bytes);
  const next = newTest(disk);
  strictEqual(next.journal.endIndex, 70);
  deepStrictEqual(complaints(next), []);
  ok(disk.paths.every((path) => !path.includes("000003")), `${disk.paths}`);
});

Deno.test("a commit that was torn there is told of, what it held before is not", async () => {
  const test = await withRecycled();
  for (let i = 0; i < 30; i++) await publishMuch(test);
  const { last } = test.journal.segments, disk = test.disk.restart();
  const content = disk.content(last!.path)!.slice();
  content[last!.bytes - 1]! ^= 1;
  disk.put(last!.path, content);
  const next = newTest(disk);
  strictEqual(unfinished(next), 29);
  const [, cut] = /cut (\d+) bytes off/.exec(complaints(next).join()) ?? [];
  ok(Number(cut) > MUCH.length && Number(cut) < 2 * MUCH.length, `${complaints(next)}`);
});

Deno.test("blocks of the topic itself in the bodies that it held are not taken for blocks", async () => {
  const test = newTest(new SimulatedDisk(), "recycled");
  const { journal, disk } = test;
  journal.createChannel("c", 0);
  journal.setWaitingFrom(NOTHING_WAITS);
  journal.channels.get("c")!.moveTo(0);
  for (let i = 0; i < 3; i++) await publishMuch(test);
  await finishAll(test);
  const copy = records([disk.content(journal.segments.last!.path)!]);
  while (journal.segments.last!.number === 1) {
    journal.append(copy, 0, copy.length, 1);
    await test.commit();
  }
  await finishAll(test);
  strictEqual(spares(test).length, 1);
  for (let i = 0; i < 60; i++) await publishMuch(test);
  const { last } = journal.segments, { endIndex } = journal;
  ok(disk.content(last!.path)!.length > last!.bytes, "there is something behind the last block");
  const left = unfinished(test);

  const next = newTest(disk.restart());
  deepStrictEqual(complaints(next), []);
  deepStrictEqual([next.journal.endIndex, unfinished(next)], [endIndex, left]);
  strictEqual(next.disk.content(last!.path)!.length, last!.bytes);
});

Deno.test("a small commit that makes such a file longer leaves no torn end behind", async () => {
  const test = await withRecycled();
  for (let i = 0; i < 10; i++) await publishMuch(test);
  strictEqual(test.spares.figures.recycled, 1);
  const { last } = test.journal.segments, size = test.disk.content(last!.path)!.length;
  while (test.disk.content(last!.path)!.length === size) {
    test.publish("x".repeat(50_000));
    await test.commit();
  }
  strictEqual(test.journal.segments.last, last);
  ok(last!.bytes < size, "what it held before stands behind the last block, and zeros behind that");
  const left = unfinished(test);

  const next = newTest(test.disk.restart());
  deepStrictEqual(complaints(next), []);
  strictEqual(unfinished(next), left);
});

Deno.test("one that was closed and not cut when the power went is not damaged", async () => {
  const test = await withRecycled();
  for (let i = 0; i < 10; i++) await publishMuch(test);
  const { last } = test.journal.segments, content = test.disk.content(last!.path)!;
  ok(content.length > last!.bytes);
  const disk = test.disk.restart();
  const next = newTest(disk);
  next.publish("y");
  await next.commit();
  disk.put(last!.path, content);

  const stored = new StoredJournal(disk, "/d", "t", next.logger);
  deepStrictEqual(stored.segments.list.flatMap((each) => inspectSegment(each).damaged), []);
});

Deno.test("whenever the power goes while one becomes a spare, its name is gone or what it held is there", async () => {
  const test = await withFull(),
    { disk } = test,
    [{ path }] = test.journal.segments.list as [Segment];
  const held = disk.content(path)!;
  const random = seededRandom(1), images: SimulatedDisk[] = [];
  let operations = 0;
  disk.fault = (_operation, touched) => {
    const isOfSpare = touched.includes("spare") || touched === "/d";
    const isLookedAt = isOfSpare && (++operations < 8 || operations % 16 === 0);
    for (let i = 0; isLookedAt && i < 3; i++) images.push(disk.powerCut(random));
    disk.operationsLeft = Infinity; // this one has power
    return null;
  };
  await finishAll(test);
  disk.fault = () => null;
  ok(operations > 60, `${operations}`);
  for (const image of images) {
    const left = image.content(path);
    ok(
      left === null || Buffer.compare(left, held) === 0,
      "the name is there, and not what it held",
    );
    const next = newTest(image);
    strictEqual(next.journal.endIndex, 70);
    deepStrictEqual(complaints(next), []);
  }
});
