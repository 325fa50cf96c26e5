import { rejects, strictEqual as equal, throws } from "node:assert/strict";
import { inTime, isMissedLimit, LimitMissed, withinLimit } from "./limit.ts";

Deno.test("withinLimit throws when a limit is missed", () => {
  withinLimit(true, "5 s");
  throws(() => withinLimit(false, "5 s"), LimitMissed);
});

Deno.test("inTime tells what is late from what went wrong", async () => {
  equal(await inTime(Promise.resolve(7), 60_000, "it"), 7);
  await rejects(inTime(new Promise(() => {}), 1, "it"), LimitMissed);
  const lost = Promise.reject(new RangeError("lost"));
  await rejects(inTime(lost, 60_000, "it"), RangeError);
});

Deno.test("isMissedLimit holds when a missed limit is all that is wrong", () => {
  const missed = new LimitMissed("/ping took 700 ms"), lost = new Error("lost 1: a message");
  equal(isMissedLimit(missed), true);
  equal(isMissedLimit(new Error("input 1", { cause: missed })), true);
  equal(isMissedLimit(lost), false);
  equal(isMissedLimit(new Error("input 1", { cause: lost })), false);
  equal(isMissedLimit("lost"), false);
  equal(isMissedLimit(new SuppressedError(missed, missed)), true);
  equal(isMissedLimit(new SuppressedError(lost, missed)), false);
  equal(isMissedLimit(new SuppressedError(missed, lost)), false);
});
