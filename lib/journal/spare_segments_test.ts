import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { SimulatedDisk } from "../storage/testing/simulated_disk.ts";
import {
  busy,
  complaints,
  diskBytes,
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

Deno.test("a topic that much is published to goes on in a segment that was made ahead", async () => {
  const test = await busy(2);
  strictEqual(spares(test).length, 2);
  strictEqual(test.spares.bytes, 2 * SEGMENT_BYTES);
  await publishMuch(test);
  const { last } = test.journal.segments;
  strictEqual(last!.number, 2);
  const size = () => test.disk.content(last!.path)!.length;
  strictEqual(size(), SEGMENT_BYTES);
  for (let i = 0; i < 20; i++) await publishMuch(test);
  deepStrictEqual([test.journal.segments.last, size()], [last, SEGMENT_BYTES]);
  strictEqual(spares(test).length, 2, "the one that was taken is made again");

  const next = newTest(test.disk.restart());
  strictEqual(unfinished(next), 23);
  deepStrictEqual(complaints(next), []);
  deepStrictEqual(spares(next), [], "what a killed process has left goes");
  strictEqual(next.disk.content(last!.path)!.length, last!.bytes);
});

Deno.test("little is published without any", async () => {
  const test = newTest(new SimulatedDisk());
  for (let i = 0; i < 30; i++) {
    test.publish("x".repeat(200));
    await test.commit();
    await settled();
  }
  deepStrictEqual(spares(test), []);
});

Deno.test("of a process that was killed before it wrote to its new segment nothing is left, and nobody is told", async () => {
  const test = await busy(3);
  const disk = test.disk.restart();
  const path = "/d/t.journal.000003.dat";
  disk.put(path, new Uint8Array(SEGMENT_BYTES));
  const next = newTest(disk);
  strictEqual(unfinished(next), 3);
  deepStrictEqual(complaints(next), []);
  ok(disk.paths.every((each) => !each.startsWith(path)), `${disk.paths}`);
});

Deno.test("they are given up for those who need the room, and not made again at once", async () => {
  const test = await busy(2);
  ok(test.spares.freeSpace());
  deepStrictEqual(spares(test), []);
  strictEqual(test.spares.freeSpace(), false);
  await publishMuch(test);
  deepStrictEqual(spares(test), []);
});

Deno.test("a disk that is full while they are made is not a failure", async () => {
  const disk = new SimulatedDisk();
  disk.capacityBytes = SEGMENT_BYTES / 2;
  const test = await busy(4, newTest(disk));
  deepStrictEqual([spares(test), complaints(test), unfinished(test)], [[], [], 4]);
  strictEqual(test.journal.failure, null);
});

Deno.test("where the disk is full, one that is there is written to", async () => {
  const test = await busy(2);
  strictEqual(spares(test).length, 2);
  const { disk } = test;
  disk.capacityBytes = disk.paths.reduce((sum, path) => sum + disk.content(path)!.length, 0);
  test.publish("small");
  await test.commit();
  await test.commit();
  strictEqual(test.journal.failure, null);
  strictEqual(unfinished(newTest(disk.restart())), 3);
});

Deno.test("room that nobody writes to for minutes is given back", async () => {
  const test = await busy(3);
  const { path } = test.journal.segments.last!;
  const size = () => test.disk.content(path)!.length;
  test.journal.rest();
  strictEqual(size(), SEGMENT_BYTES);
  test.unixMs += 300_000;
  test.journal.rest();
  strictEqual(size(), test.journal.segments.last!.bytes);
  await publishMuch(test);
  strictEqual(unfinished(newTest(test.disk.restart())), 4);
});

Deno.test("stopping removes them, and what is being made", async () => {
  const test = await busy(3); // the third takes one of two, and the next wants another
  test.disk.holdSyncs = true;
  test.publish(MUCH);
  test.start();
  test.disk.releaseSyncs();
  await settled();
  strictEqual(spares(test).length, 2, "one that is whole, one that is not");
  test.spares.stop();
  test.disk.releaseSyncs();
  await settled();
  deepStrictEqual(spares(test), []);
  strictEqual(test.disk.openHandles, 1, "the segment's");
});

Deno.test("many topics with one burst each do not fill the disk with room", async () => {
  const test = await busy(2), topics = 30, bursts = 3;
  for (let i = 0; i < topics; i++) {
    const journal = otherTopic(test, `u${i}`);
    for (let j = 0; j < bursts; j++) await publishMuchTo(test, journal);
  }
  const written = (2 + topics * bursts) * (MUCH.length + 1000);
  const room = diskBytes(test) - written;
  ok(room < 8 * SEGMENT_BYTES, `${room}`);
  ok(room > 5 * SEGMENT_BYTES, `${room}`);
});

Deno.test("where the disk is full, the room of others is written to, and queues get it when they ask", async () => {
  const test = await busy(3);
  test.spares.stop();
  const { disk } = test;
  disk.capacityBytes = diskBytes(test);
  const other = otherTopic(test, "u");
  await publishMuchTo(test, other);
  await publishMuchTo(test, other);
  strictEqual(other.failure, null);
  strictEqual(other.endIndex, 2);

  const next = await busy(3);
  ok(diskBytes(next) > SEGMENT_BYTES);
  ok(next.spares.freeSpace());
  ok(diskBytes(next) < SEGMENT_BYTES, "room in segments goes, too");
  await publishMuch(next);
  strictEqual(unfinished(newTest(next.disk.restart())), 4);
});

Deno.test("a segment whose fsync failed keeps no room", async () => {
  const test = await busy(4);
  const { disk, journal: { segments } } = test, { path } = segments.last!;
  strictEqual(disk.content(path)!.length, SEGMENT_BYTES);
  disk.fault = (operation, of) => operation === "fsync" && of === path ? new Error("EIO") : null;
  await publishMuch(test);
  await publishMuch(test);
  ok(segments.last!.path !== path);
  ok(disk.content(path)!.length < SEGMENT_BYTES);
  strictEqual(unfinished(newTest(disk.restart())), 6);
});

Deno.test("one that cannot be opened once it has its name leaves nothing behind", async () => {
  const test = await busy(2);
  const { disk } = test, path = "/d/t.journal.000002.dat";
  disk.fault = (operation, of) =>
    operation === "open" && of.startsWith("/d/t.") ? new Error("EMFILE") : null;
  test.publish(MUCH);
  await test.commit();
  ok(test.journal.failure !== null);
  ok(!disk.paths.includes(path), `${disk.paths}`);
  disk.fault = () => null;
  await publishMuch(test);
  strictEqual(test.journal.failure, null);
  strictEqual(unfinished(newTest(disk.restart())), 4);
});

for (const [what, content] of [["cut", "x"], ["removed", null], ["replaced", MUCH.repeat(90)]]) {
  Deno.test(`one that a stranger has ${what} becomes no segment`, async () => {
    const test = await busy(2), { disk } = test;
    for (const path of spares(test)) {
      disk.remove(path);
      if (content != null) disk.put(path, content);
    }
    await publishMuch(test);
    deepStrictEqual([complaints(test), spares(test)], [[], []]);
    const { path, bytes } = test.journal.segments.last!;
    strictEqual(disk.content(path)!.length, bytes);
    strictEqual(unfinished(newTest(disk.restart())), 3);
  });
}

Deno.test("who has asked for room keeps it, though one was to be made next", async () => {
  const test = await busy(1);
  test.publish(MUCH);
  test.start(); // one is wanted, and waits for the disk
  test.spares.freeSpace();
  await settled();
  deepStrictEqual(spares(test), []);
});

Deno.test("one that a killed process has left and that cannot be removed does not stop the start", async () => {
  const test = await busy(2), disk = test.disk.restart();
  disk.fault = (operation) => operation === "remove" ? new Error("EACCES") : null;
  const next = newTest(disk);
  strictEqual(unfinished(next), 2);
  strictEqual(spares(next).length, 2);
});

Deno.test("of a torn end the room behind it is not counted", async () => {
  const test = await busy(3), disk = test.disk.restart();
  const { path, bytes } = test.journal.segments.last!;
  const content = disk.content(path)!.slice(), torn = 1000;
  content.fill(0, bytes - torn);
  disk.put(path, content);
  const next = newTest(disk);
  strictEqual(unfinished(next), 2);
  const [, cut] = /cut (\d+) bytes off/.exec(complaints(next).join()) ?? [];
  ok(Number(cut) > MUCH.length - torn && Number(cut) < bytes, `${complaints(next)}`);
});

Deno.test("a segment of zeros with others behind it is damage, and set aside", async () => {
  const test = await busy(3), disk = test.disk.restart(), path = "/d/t.journal.000001.dat";
  disk.put(path, new Uint8Array(disk.content(path)!.length));
  const next = newTest(disk);
  match(complaints(next)[0]!, /t\.journal\.000001\.dat holds nothing that can be read/);
  ok(disk.paths.includes(`${path}.bad`));
});

Deno.test("a topic that is drained again and again uses up what was made ahead, and shrinks when it rests", async () => {
  const test = await busy(3, newTest(new SimulatedDisk(), "made", 64_000_000)), { journal } = test;
  const channel = journal.channels.get("c")!;
  for (let i = 0; i < 100; i++) {
    test.publish(MUCH);
    await test.commit();
    if (i % 20 === 10) await settled();
    channel.finishRange(0, journal.endIndex);
  }
  await test.commit();
  deepStrictEqual([test.spares.figures.taken, journal.segments.last!.number], [1, 2]);
  const size = () =>
    test.disk.paths.filter((path) => path.startsWith("/d/t."))
      .reduce((sum, path) => sum + test.disk.content(path)!.length, 0);
  test.unixMs += 300_000;
  journal.rest();
  await test.commit();
  await settled();
  ok(size() < 1000, `${size()}`);
});
