import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import { seededRandom } from "../storage/testing/seeded_random.ts";
import { SimulatedDisk } from "../storage/testing/simulated_disk.ts";
import { ByteBuffer } from "./byte_buffer.ts";
import { EVENT_BYTES, EventKind, forEachEvent, putEvent } from "./events.ts";
import { FinishedSince, forEachRun } from "./finished_events.ts";
import { BlockKind, HEADER_BYTES, placeBlock, sealBlock } from "./format.ts";
import { records, TEST_START_MS, TestJournal, type TestJournalOptions } from "./testing/harness.ts";
import { NOTHING_WAITS } from "./topic_state.ts";

/** A journal with channel `c`, and `commits` commits of one message each. */
async function filled(commits: number, options: TestJournalOptions = {}) {
  const test = new TestJournal(new SimulatedDisk(), options);
  const { channel } = test.journal.createChannel("c", 0);
  test.journal.setWaitingFrom(NOTHING_WAITS);
  for (let i = 0; i < commits; i++) {
    test.unixMs = TEST_START_MS + i * 1000;
    test.publish(`m${i}`.padEnd(100, "."));
    await test.commit();
  }
  return { test, channel };
}

/** The journal as the next process finds it. */
function restart(test: TestJournal, options: TestJournalOptions = {}) {
  const next = new TestJournal(test.disk.restart(), options);
  const channel = next.journal.channels.get("c")!;
  return { test: next, channel, left: [...next.unfinished(channel)].map(([index]) => index) };
}

const segmentPaths = (test: TestJournal) => test.disk.paths.filter((path) => path.endsWith(".dat"));

Deno.test("Journal keeps attempts and due times, pauses, and what waits in the topic", async () => {
  const test = new TestJournal();
  test.defer("later", 5000);
  const { channel } = test.journal.createChannel("c", 0);
  for (const text of ["a", "b", "c", "d"]) test.publish(text);
  channel.deliver(3);
  channel.except(2, 7, 9000);
  channel.finish(1);
  channel.pause(true);
  test.journal.pause(true);
  test.journal.setWaitingFrom(4);
  await test.commit();
  const { channel: again, test: next } = restart(test);
  deepStrictEqual([...next.unfinished(again).values()], ["later", "b", "c", "d"]);
  const { state } = again;
  deepStrictEqual([0, 2, 3].map((index) => state.attempts(index)), [0, 7, 0]);
  deepStrictEqual([0, 2, 3].map((index) => state.exceptions.dueMs(index)), [5000, 9000, 0]);
  deepStrictEqual([state.exceptions.nextDueIndex, state.exceptions.deferred], [0, 2]);
  deepStrictEqual([state.paused, next.journal.state.paused], [true, true]);
  strictEqual(next.journal.state.waitingFrom, 4);
});

Deno.test("Journal reads what is in no file yet", async () => {
  const test = new TestJournal();
  const { channel } = test.journal.createChannel("c", 0);
  test.disk.holdSyncs = true;
  test.publish("a", "b");
  test.start();
  test.publish("c");
  test.publish("x".repeat(5000));
  deepStrictEqual([...test.unfinished(channel, 40).keys()], [0, 1, 2, 3]);
  test.disk.holdSyncs = false;
  test.disk.releaseSyncs();
  await test.commit();
});

Deno.test("a torn end is cut at the last whole block, at any byte of it", async () => {
  const { test } = await filled(3);
  const path = segmentPaths(test)[0]!, whole = test.disk.content(path)!;
  for (let cut = 1; cut < 180; cut++) {
    const disk = new SimulatedDisk();
    disk.put(path, whole.slice(0, whole.length - cut));
    const next = new TestJournal(disk);
    const left = [...next.unfinished(next.journal.channels.get("c")!).keys()];
    deepStrictEqual(left, cut <= 186 ? [0, 1] : [0]);
    ok(disk.content(path)!.length < whole.length - cut || cut === 186);
  }
});

Deno.test("a damaged block costs what it holds, is reported, and the rest is read", async () => {
  const { test } = await filled(4);
  const path = segmentPaths(test)[0]!, whole = test.disk.content(path)!;
  const body = new TextDecoder("latin1").decode(whole).indexOf("m1...");
  for (const at of [body, body - 34 - 44, body - 34 - 40]) { // payload, mark, length
    const bytes = whole.slice();
    bytes[at]! ^= 0x40;
    const disk = new SimulatedDisk();
    disk.put(path, bytes);
    const next = new TestJournal(disk);
    const channel = next.journal.channels.get("c")!;
    deepStrictEqual([...next.unfinished(channel).keys()], [0, 2, 3]);
    strictEqual(channel.depth, 3);
    match(
      next.logger.lines.join("\n"),
      /damaged bytes[^]*messages 1 to 1 cannot be read, channel c/,
    );
  }
});

Deno.test("a missing segment costs what it holds, and nothing is deleted for want of a snapshot", async () => {
  const { test } = await filled(40, { segmentBytes: 2000 });
  const paths = segmentPaths(test);
  ok(paths.length > 3);
  test.disk.remove(paths[1]!);
  const { left, test: next } = restart(test);
  ok(left.length < 40 && left.includes(0) && left.includes(39), `${left}`);
  match(next.logger.lines.join("\n"), /messages \d+ to \d+ cannot be read, channel c/);

  const damaged = await filled(40, { segmentBytes: 2000 });
  const last = segmentPaths(damaged.test).at(-1)!, bytes = damaged.test.disk.content(last)!;
  bytes[60]! ^= 1; // in the snapshot
  damaged.test.disk.put(last, bytes);
  deepStrictEqual(restart(damaged.test).left, Array.from({ length: 40 }, (_, i) => i));

  const unreadable = await filled(1);
  const [only] = segmentPaths(unreadable.test);
  unreadable.test.disk.put(only!, "no journal");
  const empty = new TestJournal(unreadable.test.disk.restart());
  strictEqual(empty.journal.endIndex, 0);
  deepStrictEqual(empty.disk.paths, [`${only}.bad`]);
});

Deno.test("segments go when all channels are done with them", async () => {
  const { test, channel } = await filled(60, { segmentBytes: 2000 });
  const before = segmentPaths(test).length;
  for (let i = 0; i < 60; i++) channel.finish(i);
  await test.commit();
  await test.commit();
  ok(before > 3);
  strictEqual(segmentPaths(test).length, 1);
  deepStrictEqual(restart(test).left, []);
});

Deno.test("a segment stays when a channel is sent back to it before it goes", async () => {
  const { test, channel } = await filled(60, { segmentBytes: 2000 });
  for (let i = 0; i < 60; i++) channel.finish(i);
  test.disk.holdSyncs = true;
  const flushed = test.commit();
  await Promise.resolve();
  test.publish("x"); // collects: the segments go with the next commit
  test.disk.releaseSyncs();
  await flushed;
  channel.moveTo(0);
  test.disk.holdSyncs = false;
  await test.commit();
  strictEqual(test.unfinished(channel).size, 61);
});

Deno.test("one old message does not pin its segment: it is written anew, again and again", async () => {
  const { test, channel } = await filled(1, { segmentBytes: 4000 });
  for (let i = 1; i < 300; i++) {
    test.publish(`m${i}`.padEnd(100, "."));
    if (i % 50 !== 0) channel.finish(i);
    if (i === 7) channel.except(0, 3, 77_000);
    await test.commit();
  }
  ok(segmentPaths(test).length <= 4, segmentPaths(test).join());
  const expected = [0, 50, 100, 150, 200, 250];
  deepStrictEqual([...test.unfinished(channel).keys()], expected);
  const { left, channel: again } = restart(test);
  deepStrictEqual(left, expected);
  deepStrictEqual([again.state.attempts(0), again.state.exceptions.dueMs(0)], [3, 77_000]);
});

Deno.test("retention keeps what is finished, by age and by size, and a channel can go back to it", async () => {
  const kept = await filled(100, { segmentBytes: 2000, retention: { ageMs: 20_000 } });
  for (let i = 0; i < 100; i++) kept.channel.finish(i);
  for (let i = 0; i < 3; i++) await kept.test.commit();
  kept.test.publish("last");
  await kept.test.commit();
  const { journal } = kept.test;
  const { index, unixMs } = journal.retainedFrom;
  ok(index > 50 && index <= 80, `${index}`);
  ok(unixMs <= TEST_START_MS + index * 1000);
  for (const second of [index, 85, 99]) {
    strictEqual(journal.indexAt(TEST_START_MS + second * 1000), second);
    strictEqual(journal.indexAt(TEST_START_MS + second * 1000 - 1), second);
  }
  strictEqual(journal.indexAt(0), index);
  strictEqual(journal.indexAt(TEST_START_MS + 1e9), journal.endIndex);
  kept.channel.moveTo(90);
  deepStrictEqual(
    [...kept.test.unfinished(kept.channel).keys()],
    Array.from({ length: 11 }, (_, i) => 90 + i),
  );

  const small = await filled(100, { segmentBytes: 2000, retention: { bytes: 6000 } });
  for (let i = 0; i < 100; i++) small.channel.finish(i);
  for (let i = 0; i < 3; i++) await small.test.commit();
  const { bytes } = small.test.journal.segments;
  ok(bytes > 3000 && bytes <= 8000, `${bytes}`);
});

Deno.test("a writer that stopped in order costs the next start no rewriting; a deleted journal leaves no file", async () => {
  const { test } = await filled(2);
  test.journal.end();
  await test.commit();
  test.journal.close();
  strictEqual(test.disk.openHandles, 0);
  const { test: next, channel } = restart(test);
  strictEqual(next.disk.writes, 0);
  next.journal.deleteChannel(channel);
  await next.commit();
  next.journal.delete();
  await next.commit();
  deepStrictEqual(next.disk.powerCut(() => 0).paths, []);
});

Deno.test("messages that fill segments alone are not moved from one to the next", async () => {
  const { test } = await filled(6, { segmentBytes: 150 });
  strictEqual(test.journal.segments.relocations.size, 0);
});

/** A block as a publisher might send one, which says that channel 1 has finished everything. */
function forgedBlock(): string {
  const forged = new ByteBuffer();
  forged.extend(HEADER_BYTES);
  putEvent(forged, EventKind.Moved, 0, 0, 1, 1000, 0);
  const header = { kind: BlockKind.Events, payloadBytes: EVENT_BYTES, count: 1, epoch: 9 };
  sealBlock(forged.bytes, forged.view, 0, { ...header, firstIndex: 1000, timeMs: 0 });
  placeBlock(forged.bytes, forged.view, 0, 7, 0);
  return String.fromCharCode(...forged.bytes.subarray(0, forged.length));
}

Deno.test("what a message's body holds is never taken for a block, whatever is damaged around it", async () => {
  const test = new TestJournal();
  test.journal.createChannel("c", 0);
  test.journal.setWaitingFrom(NOTHING_WAITS);
  const bytes = Uint8Array.from(forgedBlock(), (character) => character.charCodeAt(0));
  for (const body of [new Uint8Array(3), bytes, new Uint8Array(3)]) {
    const run = records([body]);
    test.journal.append(run, 0, run.length, 1);
    await test.commit();
  }
  const path = segmentPaths(test)[0]!, whole = test.disk.content(path)!;
  const forgedAt = whole.findIndex((_, at) => bytes.every((byte, i) => whole[at + i] === byte));
  for (let from = 0; from < forgedAt; from += 7) {
    const disk = new SimulatedDisk();
    disk.put(path, whole.slice().fill(0xff, from, forgedAt));
    const { journal } = new TestJournal(disk);
    ok(journal.endIndex <= 3, `damaged from ${from} on`);
    const channel = journal.channels.get("c");
    ok(channel === undefined || channel.state.finished.floor < 3);
  }
});

Deno.test("a part of the last commit that never reached the disk is no loss", async () => {
  const { test } = await filled(2);
  const path = segmentPaths(test)[0]!, before = test.disk.content(path)!.length;
  const large = "x".repeat(200_000);
  test.publish(large);
  test.publish(large);
  test.publish(large);
  await test.commit();
  const content = test.disk.content(path)!;
  const disk = new SimulatedDisk();
  disk.put(path, content.fill(0, before + 4096, before + 8192));
  const next = new TestJournal(disk), channel = next.journal.channels.get("c")!;
  deepStrictEqual([...next.unfinished(channel).keys()], [0, 1, 3, 4]);
  strictEqual(channel.depth, 4);
  const lines = next.logger.lines.join("\n");
  match(lines, /messages 2 to 2, of the last commit, are not whole/);
  ok(!/error/i.test(lines), lines);
});

Deno.test("a file of a later format is refused, and stays as it is", async () => {
  const { test } = await filled(1);
  const path = segmentPaths(test)[0]!, content = test.disk.content(path)!;
  const view = new DataView(content.buffer, content.byteOffset);
  view.setUint16(12, 2);
  placeBlock(content, view, 0, view.getUint32(40), 0);
  const disk = new SimulatedDisk();
  disk.put(path, content);
  throws(() => new TestJournal(disk), /t\.journal\.000001\.dat has format 2, .* knows 1/);
  deepStrictEqual(disk.content(path), content);
});

Deno.test("what ten channels finish in any order costs a few bytes a message", async () => {
  const bytesFor = async (channels: number): Promise<number> => {
    const test = new TestJournal();
    const random = seededRandom(1);
    const made = Array.from(
      { length: channels },
      (_, i) => test.journal.createChannel(`c${i}`, 0).channel,
    );
    test.journal.setWaitingFrom(NOTHING_WAITS);
    for (let from = 0; from < 5000; from += 1000) {
      test.publish(...Array<string>(1000).fill("x".repeat(200)));
      await test.commit();
      const order = Array.from({ length: 1000 }, (_, i) => from + i);
      for (const channel of made) {
        channel.deliver(from + 1000);
        order.sort(() => random() - 0.5);
        for (const index of order.slice(500)) channel.finish(index);
      }
      await test.commit();
      for (const channel of made) for (const index of order) channel.finish(index);
      await test.commit();
    }
    const { journal } = new TestJournal(test.disk.restart());
    for (const { depth } of journal.channels.values()) strictEqual(depth, 0);
    return test.group.figures.bytes;
  };
  const ratio = await bytesFor(10) / await bytesFor(1);
  ok(ratio <= 1.1, `${ratio}`);
});

Deno.test("FinishedSince puts what is finished in any order into events that say just that", () => {
  const random = seededRandom(7);
  for (let round = 0; round < 300; round++) {
    const since = new FinishedSince(), buffer = new ByteBuffer(), wanted = new Set<number>();
    for (let runs = 1 + Math.floor(random() * 20); runs > 0; runs--) {
      let index = Math.floor(random() * (round % 2 === 0 ? 1000 : 1e7));
      for (let length = Math.floor(random() ** 3 * 600); length >= 0; length--, index++) {
        if (!wanted.has(index)) since.add(index, index + 1);
        wanted.add(index);
      }
    }
    let count = since.putInto(buffer, 3);
    const found = new Set<number>();
    const note = (first: number, many: number) => {
      for (let i = 0; i < many; i++) found.add(first + i);
    };
    forEachEvent(buffer.bytes, 0, buffer.length, ({ kind, channel, a, b, bits }) => {
      count--;
      strictEqual(channel, 3);
      if (kind === EventKind.Finished) note(a, b);
      else forEachRun(a, bits, note);
    });
    strictEqual(count, 0);
    deepStrictEqual([...found].sort((a, b) => a - b), [...wanted].sort((a, b) => a - b));
    strictEqual(since.putInto(buffer, 3), 0);
  }
});

Deno.test("what is finished as a range is what is finished one by one, here and after a restart", async () => {
  const random = seededRandom(3), below = (end: number) => Math.floor(random() * end);
  for (let round = 0; round < 30; round++) {
    const test = new TestJournal(), { journal } = test;
    const [ranges, single] = ["r", "s"].map((name) => journal.createChannel(name, 0).channel);
    test.publish(...Array<string>(1000).fill("m"));
    for (let step = 0; step < 20; step++) {
      const from = below(1000), to = Math.min(1000, from + below(random() < 0.5 ? 10 : 400));
      ranges!.finishRange(from, to);
      for (let index = from; index < to; index++) single!.finish(index);
      const excepted = below(1000);
      for (const channel of [ranges!, single!]) channel.except(excepted, 2, below(2) * 5000);
      if (step % 7 === 0) await test.commit();
      deepStrictEqual(test.unfinished(ranges!), test.unfinished(single!));
      strictEqual(ranges!.state.exceptions.size, single!.state.exceptions.size);
    }
    await test.commit();
    const next = new TestJournal(test.disk.restart()), { channels } = next.journal;
    for (const { name } of [ranges!.state, single!.state]) {
      deepStrictEqual(next.unfinished(channels.get(name)!), test.unfinished(single!));
      strictEqual(channels.get(name)!.state.exceptions.size, single!.state.exceptions.size);
    }
  }
});

Deno.test("a billion messages are finished in one step", () => {
  const { channel } = new TestJournal().journal.createChannel("c", 0);
  const startMs = performance.now();
  channel.finishRange(1, 1e9);
  ok(performance.now() - startMs < 2000, "one by one takes half a minute");
  strictEqual(channel.state.depth(1e9), 1);
});

Deno.test("a topic that is drained and idle keeps no large file", async () => {
  const { test, channel } = await filled(1);
  const bytes = () =>
    test.disk.paths.reduce((sum, path) => sum + test.disk.content(path)!.length, 0);
  for (let i = 0; i < 9; i++) test.publish("x".repeat(1e6));
  await test.commit();
  const full = bytes();
  ok(full > 9e6);
  for (let index = 0; index < 10; index++) channel.finish(index);
  await test.commit();
  test.timers.fireAll();
  await test.commit();
  ok(bytes() < 1000, `${bytes()} bytes left`);
  test.publish("next");
  await test.commit();
  deepStrictEqual(restart(test).left, [10]);
});

Deno.test("an old segment that cannot be read stays, and commits go on", async () => {
  const { test, channel } = await filled(20, { segmentBytes: 2000 });
  for (let index = 1; index < 20; index++) channel.finish(index);
  const oldest = segmentPaths(test)[0]!;
  test.disk.fault = (operation, path) =>
    operation === "read" && path === oldest ? new Error("EIO") : null;
  test.publish("x".repeat(2000));
  await test.commit();
  test.publish("x".repeat(2000));
  await test.commit();
  ok(segmentPaths(test).includes(oldest));
  match(test.logger.lines.join("\n"), /000001\.dat stays, it cannot be read - EIO/);
});

Deno.test("where messages are in closed segments is in memory only while somebody reads there", async () => {
  const { test, channel } = await filled(100, { segmentBytes: 2000 });
  const { journal } = test, { list } = journal.segments;
  const inMemory = () => list.slice(0, -1).filter(({ index }) => index !== null).length;
  for (let i = 0; i < 2; i++) journal.rest();
  strictEqual(inMemory(), 0);
  strictEqual(test.unfinished(channel).size, 100);
  ok(inMemory() > 0);
  journal.rest(); // somebody has just read
  ok(inMemory() > 0);
  journal.rest();
  strictEqual(inMemory(), 0);
  strictEqual(test.unfinished(channel).size, 100);
});

Deno.test("of a commit that began a segment and did not reach the disk whole, nobody misses a message", async () => {
  const test = new TestJournal();
  test.journal.createChannel("c", 0);
  test.journal.setWaitingFrom(0);
  test.publish("a");
  await test.commit();
  const next = new TestJournal(test.disk.restart());
  next.publish("b", "c");
  next.journal.pause(true);
  await next.commit();
  const path = next.disk.paths.at(-1)!, torn = next.disk.content(path)!.slice();
  torn.fill(0, 0, torn.length - HEADER_BYTES - EVENT_BYTES); // what is left is the last block
  const disk = next.disk.restart();
  disk.put(path, torn);
  const cut = new TestJournal(disk), { journal, logger } = cut;
  const left = ({ journal: { state, channels } }: TestJournal) => [
    [...state.waitingGone],
    channels.get("c")!.state.depth(3),
  ];
  deepStrictEqual([journal.endIndex, journal.state.paused], [3, true]);
  deepStrictEqual(left(cut), [[1, 2], 1]);
  deepStrictEqual(logger.lines.filter((line) => line.startsWith("error")), []);
  ok(logger.lines.some((line) => /messages 1 to 2, of the last commit/.test(line)));
  journal.pause(false); // in a new segment, which knows it too
  await cut.commit();
  const again = new TestJournal(cut.disk.restart());
  deepStrictEqual(left(again), [[1, 2], 1]);
});

Deno.test("room is written ahead of small commits, and nobody ever sees it", async () => {
  const { test, channel } = await filled(200);
  const path = segmentPaths(test)[0]!, size = () => test.disk.content(path)!.length;
  const sizes = new Set<number>();
  for (let i = 0; i < 100; i++) {
    test.publish("x".repeat(1000));
    await test.commit();
    sizes.add(size());
  }
  ok(sizes.size < 8, `${sizes.size} new sizes in 100 commits`);
  const { bytes } = test.journal.segments;
  ok(size() > bytes);
  const killed = restart(test);
  strictEqual(killed.left.length, 300);
  deepStrictEqual(killed.test.logger.lines.filter((line) => /warn|error/.test(line)), []);
  strictEqual(size(), bytes);
  for (let i = 0; i < 300; i++) channel.finish(i);
  killed.test.publish("x".repeat(5000));
  await killed.test.commit();
  killed.test.publish("y");
  await killed.test.commit();
  const last = segmentPaths(killed.test).at(-1)!;
  const lastBytes = killed.test.journal.segments.last!.bytes;
  ok(killed.test.disk.content(last)!.length > lastBytes);
  killed.test.journal.close();
  strictEqual(killed.test.disk.content(last)!.length, lastBytes);
});

Deno.test("the past goes back no further than to what is all there", async () => {
  const { test, channel } = await filled(100, { segmentBytes: 2000 });
  for (let i = 8; i < 70; i++) channel.finish(i); // the first segment stays for one channel's sake
  for (let i = 0; i < 4; i++) {
    await test.commit();
    test.publish("more".padEnd(1000, "."));
  }
  await test.commit();
  const { journal } = test, { list } = journal.segments;
  ok(list[1]!.number > list[0]!.number + 1, "segments between are gone");
  const { index, unixMs } = journal.retainedFrom;
  ok(index > 8 && index <= 70, `${index}`);
  ok(unixMs >= TEST_START_MS + 8000);
  strictEqual(journal.indexAt(0), index);
  channel.moveTo(index);
  strictEqual(test.unfinished(channel).size, journal.endIndex - index);
  deepStrictEqual(test.logger.lines.filter((line) => line.startsWith("error")), []);
});
