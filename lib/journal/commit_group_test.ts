import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { SimulatedDisk } from "../storage/testing/simulated_disk.ts";
import { EVENT_BYTES } from "./events.ts";
import { HEADER_BYTES } from "./format.ts";
import { TestJournal } from "./testing/harness.ts";

const settle = async () => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};

Deno.test("CommitGroup runs one commit at a time; what is published meanwhile is the next one", async () => {
  const test = new TestJournal();
  test.disk.holdSyncs = true;
  strictEqual(test.publish("a"), 1);
  test.start();
  deepStrictEqual([test.publish("b"), test.publish("c")], [2, 2]);
  test.start();
  const writes = test.disk.writes;
  test.disk.releaseSyncs();
  await settle();
  strictEqual(test.group.lastCommitted, 1);
  test.start();
  strictEqual(test.disk.writes, writes + 1);
  test.disk.releaseSyncs();
  await settle();
  strictEqual(test.group.lastCommitted, 2);
  strictEqual(test.group.figures.commits, 2);
});

Deno.test("CommitGroup writes what nobody waits for after 50 ms, and not before", async () => {
  const test = new TestJournal();
  const { channel } = test.journal.createChannel("c", 0);
  test.publish("a");
  await test.commit();
  deepStrictEqual(test.timers.delaysMs, []);
  channel.finish(0);
  channel.deliver(1);
  deepStrictEqual(test.timers.delaysMs, [50]);
  test.start();
  strictEqual(test.group.lastCommitted, 1);
  test.timers.fireAll();
  await settle();
  strictEqual(test.group.lastCommitted, 2);
  deepStrictEqual(test.timers.delaysMs, []);
});

Deno.test("Journal tells publishers of a commit that failed, and writes it anew to another file", async () => {
  for (const failing of ["write", "fsync"]) {
    const health: (Error | null)[] = [];
    const test = new TestJournal(new SimulatedDisk(), { onHealth: (error) => health.push(error) });
    const { channel } = test.journal.createChannel("c", 0);
    test.publish("a");
    await test.commit();
    test.disk.failedSyncDropsPages = true;
    const first = test.disk.paths[0]!, synced: string[] = [];
    test.disk.fault = (operation) => operation === failing ? new Error("EIO") : null;
    const commit = test.publish("b");
    await test.commit();
    strictEqual(test.journal.failureOf(commit)?.message, "EIO");
    strictEqual(test.journal.failure?.message, "EIO");
    const next = test.publish("c"); // may still succeed
    test.disk.fault = (operation, path) => {
      if (operation === "fsync") synced.push(path);
      return null;
    };
    await test.commit();
    deepStrictEqual([test.journal.failureOf(next), test.journal.failure], [null, null]);
    deepStrictEqual(health.map((error) => error?.message), ["EIO", undefined]);
    ok(!synced.includes(first), "the file is not synced again");
    const after = new TestJournal(test.disk.powerCut(() => 0.99));
    const left = after.unfinished(after.journal.channels.get("c")!);
    deepStrictEqual([...left.values()], ["a", "b", "c"]);
    strictEqual(channel.depth, 3);
  }
});

Deno.test("Journal refuses messages while a second attempt failed too, and tries again each second", async () => {
  const test = new TestJournal();
  test.disk.capacityBytes = 10;
  test.publish("a");
  await test.commit();
  await test.commit();
  throws(() => test.publish("b"), { message: /No space left/ });
  deepStrictEqual(test.timers.delaysMs, [1000]);
  deepStrictEqual(test.disk.paths, []);
  test.disk.capacityBytes = Infinity;
  test.timers.fireAll();
  await settle();
  strictEqual(test.journal.failure, null);
  strictEqual(test.publish("b") > 0, true);
});

Deno.test("what is finished in order, by many channels and consumers in turn, is one event each", async () => {
  const test = new TestJournal();
  const channels = ["a", "b", "c"].map((name) => test.journal.createChannel(name, 0).channel);
  for (let i = 0; i < 1000; i++) test.publish("m");
  await test.commit();
  const before = test.journal.segments.bytes;
  for (let i = 0; i < 1000; i++) {
    for (const channel of channels) {
      channel.deliver(i + 1);
      channel.finish(i % 4 * 250 + (i >> 2)); // four consumers
    }
  }
  await test.commit();
  strictEqual(
    test.journal.segments.bytes - before,
    HEADER_BYTES + 3 * EVENT_BYTES + 3 * EVENT_BYTES,
  );
});

Deno.test("after a large commit the next one is written before anybody hears of the first", async () => {
  const test = new TestJournal(), heard: [number, number][] = [];
  test.disk.holdSyncs = true;
  test.group.onCommit((number) => heard.push([number, test.disk.writes]));
  test.publish("a".repeat(2000));
  test.start();
  test.publish("b");
  const writes = test.disk.writes;
  test.disk.releaseSyncs();
  await settle();
  deepStrictEqual(heard, [[1, writes + 1]]);
  test.disk.releaseSyncs();
  await settle();
  deepStrictEqual(heard.map(([number]) => number), [1, 2]);
});

Deno.test("a journal that is deleted while it commits is gone for good when that is answered", async () => {
  const test = new TestJournal();
  test.publish("a");
  await test.commit();
  test.disk.holdSyncs = true;
  test.publish("b");
  test.start();
  const commit = test.journal.delete();
  test.disk.holdSyncs = false;
  test.disk.releaseSyncs();
  await test.commit();
  strictEqual(test.group.lastCommitted, commit);
  deepStrictEqual(test.disk.powerCut(() => 0).paths, []);
});
