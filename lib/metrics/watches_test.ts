import { ok, strictEqual } from "node:assert/strict";
import { CollectionsWatch } from "./collections_watch.ts";
import { EventLoopWatch } from "./event_loop_watch.ts";

/** Keeps the event loop from everything else. */
function stall(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

Deno.test("EventLoopWatch tells of a stall, while it lasts and afterwards", async () => {
  const watch = new EventLoopWatch();
  watch.start();
  watch.start(); // once more changes nothing
  stall(400);
  const during = watch.worstSeconds();
  await new Promise((resolve) => setTimeout(resolve, 0)); // lets the late timer be noticed
  const after = watch.worstSeconds();
  watch.stop();
  ok(during >= 0.25 && during < 5, `${during} s`);
  ok(after >= 0.25, `${after} s`);
});

Deno.test("CollectionsWatch counts runs of the garbage collector", async () => {
  const watch = new CollectionsWatch();
  watch.start();
  strictEqual(watch.count, 0);
  let kept: unknown[] = [];
  for (let round = 0; watch.count < 2; round++) {
    ok(round < 1000, "no run in a thousand rounds of garbage");
    kept = Array.from({ length: 100_000 }, (_, at) => ({ at }));
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  strictEqual(kept.length, 100_000);
});
