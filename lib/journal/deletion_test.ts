import { deepStrictEqual, ok } from "node:assert/strict";
import { SimulatedDisk } from "../storage/testing/simulated_disk.ts";
import { TestJournal } from "./testing/harness.ts";
import { NOTHING_WAITS } from "./topic_state.ts";

/** A journal of which the disk has a file that nobody needs, since it could not be removed. */
const LEFTOVERS: [string, (test: TestJournal) => Promise<void>][] = [
  ["that a failed commit has left", async (test) => {
    const { disk } = test;
    disk.fault = (operation) => /write|remove/.test(operation) ? new Error("EIO") : null;
    test.publish("a");
    await test.commit();
    disk.fault = () => null;
    await test.commit();
  }],
  ["whose messages are all finished", async (test) => {
    const { disk, journal } = test;
    const { channel } = journal.createChannel("c", 0);
    journal.setWaitingFrom(NOTHING_WAITS);
    disk.fault = (operation) => operation === "remove" ? new Error("EIO") : null;
    for (let i = 0; i < 40; i++) {
      test.publish("x".repeat(100));
      channel.deliver(i + 1);
      channel.finish(i);
      await test.commit();
    }
    disk.fault = () => null;
  }],
];

for (const [what, leave] of LEFTOVERS) {
  Deno.test(`a topic that was deleted leaves no file behind, not even one ${what}`, async () => {
    const test = new TestJournal(new SimulatedDisk(), { segmentBytes: 2000 });
    await leave(test);
    const { disk, journal } = test;
    ok(disk.paths.length > journal.segments.list.length, `${disk.paths}`);
    journal.delete();
    await test.commit();
    deepStrictEqual(disk.paths, []);
  });
}
