import { ok } from "node:assert/strict";
import { createLogger } from "../../log/logger.ts";
import { LinkKeeper } from "./link_keeper.ts";

/** Lets a keeper open links that are over after `lifetimeMs` of a clock of their own; the ms between them. */
async function waitsBetween(lifetimeMs: number, count: number): Promise<number[]> {
  let clockMs = 0;
  const openedMs: number[] = [];
  const done = Promise.withResolvers<void>();
  const keeper = new LinkKeeper("127.0.0.1:1", {
    logger: createLogger({ level: 5, prefix: "", format: "text" }),
    open: () => {
      openedMs.push(performance.now());
      if (openedMs.length > count) done.resolve();
      const closed = Promise.resolve().then(() => Promise.resolve()).then(() => {
        clockMs += lifetimeMs;
        return new Error("gone");
      });
      return Promise.resolve({ closed });
    },
    opened: () => {},
    closed: () => Promise.resolve(),
    random: () => 1, // the shortest waits: 125 ms, 250 ms ...
    nowMs: () => clockMs,
  });
  keeper.start();
  await done.promise;
  keeper.stop();
  return openedMs.slice(1).map((ms, i) => ms - openedMs[i]!);
}

Deno.test("LinkKeeper waits longer each time for an nsqd that accepts and closes at once", async () => {
  const waits = await waitsBetween(10, 4);
  ok(waits.every((ms, i) => ms >= 120 * 2 ** i), String(waits));
});

Deno.test("LinkKeeper returns quickly to an nsqd that was there for long", async () => {
  const waits = await waitsBetween(10_000, 4);
  // Else these would be 500 ms and a second; one of them may be long on a busy machine.
  ok(Math.min(...waits.slice(2)) < 500, String(waits));
});
